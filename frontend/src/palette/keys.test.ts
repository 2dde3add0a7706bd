import { describe, expect, test } from 'vitest';
import { bindings } from './bindings';
import { begins, bindingFor, type FocusPlace, type KeyPress } from './keys';

const press = (over: Partial<KeyPress>): KeyPress => ({
  key: '',
  code: '',
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  isComposing: false,
  ...over,
});

const cases: Record<string, { press: Partial<KeyPress>; focus?: FocusPlace; want: string | undefined }> = {
  'a letter': { press: { key: 'l', code: 'KeyL' }, want: 'live' },
  'a capital letter': { press: { key: 'L', code: 'KeyL', shiftKey: true }, want: 'live' },
  'a letter of another script by its place': { press: { key: 'д', code: 'KeyL' }, want: 'live' },
  'another Latin layout by its letter, not its place': { press: { key: 'x', code: 'KeyL' }, want: undefined },
  'with Ctrl it belongs to the browser': { press: { key: 'l', ctrlKey: true }, want: undefined },
  'with Alt': { press: { key: 'l', altKey: true }, want: undefined },
  'with Meta': { press: { key: 'l', metaKey: true }, want: undefined },
  'while composing': { press: { key: 'l', isComposing: true }, want: undefined },
  'held down': { press: { key: 'l', repeat: true }, want: undefined },
  'an arrow held down': { press: { key: 'ArrowLeft', repeat: true }, want: 'back' },
  'an arrow with Shift': { press: { key: 'ArrowLeft', shiftKey: true }, want: 'back-ten' },
  'inside an input': { press: { key: 'l' }, focus: 'input', want: undefined },
  'Space on the page': { press: { key: ' ', code: 'Space' }, want: 'hold' },
  'Space on a chart': { press: { key: ' ', code: 'Space' }, focus: 'chart', want: 'hold' },
  'Space on a button presses the button': { press: { key: ' ', code: 'Space' }, focus: 'control', want: undefined },
  'a question mark with whatever it needs': { press: { key: '?', code: 'Slash', shiftKey: true }, want: 'help' },
  'an arrow in a radio group chooses there': { press: { key: 'ArrowLeft' }, focus: 'radio', want: undefined },
  'an arrow on a button moves the time': { press: { key: 'ArrowLeft' }, focus: 'control', want: 'back' },
  'Ctrl K finds, from an input too': { press: { key: 'k', ctrlKey: true }, focus: 'input', want: 'palette' },
  'Meta K finds': { press: { key: 'k', metaKey: true }, want: 'palette' },
  'k alone goes to the chart before': { press: { key: 'k' }, want: 'panel-previous' },
  'Enter on a button presses the button': { press: { key: 'Enter' }, focus: 'control', want: undefined },
  'a digit': { press: { key: '6', code: 'Digit6' }, want: 'window-6' },
};

describe('bindingFor', () => {
  test.each(Object.entries(cases))('%s', (_, { press: p, focus = 'page', want }) => {
    expect(bindingFor(press(p), focus)?.id).toBe(want);
  });
});

test('no two bindings want the same key', () => {
  const seen = bindings.flatMap((binding) => binding.keys.map((key) => `${key.after ?? ''}${key.modified === true}${key.key}/${key.shift ?? ''}`));
  expect(new Set(seen).size).toBe(seen.length);
});

test('g waits for a letter, which then means a section', () => {
  const state = { after: undefined, single: true };
  expect(begins(press({ key: 'g' }), 'page', state)).toBe(true);
  expect(begins(press({ key: 'g' }), 'input', state)).toBe(false);
  expect(bindingFor(press({ key: 'd' }), 'page', { after: 'g', single: true })?.id).toBe('go-disk');
  expect(bindingFor(press({ key: 'd' }), 'page', state)?.id).toBe('data-table');
  expect(bindingFor(press({ key: 'x' }), 'page', { after: 'g', single: true })).toBeUndefined();
});

test('letters can be switched off; arrows, Escape and Ctrl K stay', () => {
  const off = { after: undefined, single: false };
  expect([{ key: 'l' }, { key: '?' }, { key: '1' }].map((p) => bindingFor(press(p), 'page', off)?.id)).toEqual([undefined, undefined, undefined]);
  expect(begins(press({ key: 'g' }), 'page', off)).toBe(false);
  expect([{ key: 'Escape' }, { key: 'ArrowLeft' }, { key: 'k', ctrlKey: true }].map((p) => bindingFor(press(p), 'page', off)?.id)).toEqual(['escape', 'back', 'palette']);
});
