import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import { alert } from '../testing/alert';
import type { Alert } from '../wire/types';
import { type BrowserNotifications, createBrowserNotes } from './browser-notes';

/** A browser whose person answers as told. */
function browserOf(permission: NotificationPermission, answer: NotificationPermission = permission) {
  const shown: { title: string; body: string | undefined; tag: string | undefined; press: () => void }[] = [];
  let asked = 0;
  class Fake {
    static permission = permission;
    static requestPermission(): Promise<NotificationPermission> {
      asked++;
      Fake.permission = answer;
      return Promise.resolve(answer);
    }
    onclick: ((event: Event) => unknown) | null = null;
    constructor(title: string, { body, tag }: NotificationOptions) {
      shown.push({ title, body, tag, press: () => this.onclick?.(new Event('click')) });
    }
  }
  return { browser: Fake satisfies BrowserNotifications, shown, asked: () => asked };
}

function notesOf(browser: BrowserNotifications | undefined, before: 'on' | 'off' = 'off') {
  const chosen = signal(before);
  const opened: Alert[] = [];
  return { chosen, opened, notes: createBrowserNotes({ browser, chosen, hostname: () => 'db-01', open: (each) => void opened.push(each) }) };
}

test('nobody is asked before the press, and nothing is shown without it', async () => {
  const { browser, shown, asked } = browserOf('default', 'granted');
  const { notes, chosen } = notesOf(browser);
  notes.tell({ fired: [alert('a')], over: [] });
  expect([asked(), shown.length, notes.state.value]).toEqual([0, 0, 'off']);
  await notes.toggle();
  expect([asked(), notes.state.value, chosen.value]).toEqual([1, 'on', 'on']);
  notes.tell({ fired: [alert('a', { level: 'critical' })], over: [] });
  expect(shown).toMatchObject([{ title: 'CRITICAL · db-01', body: 'a is wrong', tag: 'a' }]);
  await notes.toggle();
  expect([asked(), notes.state.value, chosen.value]).toEqual([1, 'off', 'off']);
});

test('a person who refuses is not asked again', async () => {
  const { browser, asked } = browserOf('default', 'denied');
  const { notes } = notesOf(browser);
  await notes.toggle();
  await notes.toggle();
  expect([asked(), notes.state.value]).toEqual([1, 'refused']);
});

test('a browser without notifications says so', async () => {
  const { notes } = notesOf(undefined, 'on');
  expect(notes.state.value).toBe('absent');
  await notes.toggle();
  notes.tell({ fired: [alert('a')], over: [] });
  expect(notes.state.value).toBe('absent');
});

test('what is for the page alone is not told, and an end only where its beginning was', () => {
  const { browser, shown } = browserOf('granted');
  const { notes } = notesOf(browser, 'on');
  notes.tell({ fired: [alert('a'), alert('b', { notify: false })], over: [] });
  notes.tell({ fired: [], over: [alert('a', { state: 'resolved' }), alert('b', { state: 'resolved' }), alert('c', { state: 'resolved' })] });
  notes.tell({ fired: [], over: [alert('a', { state: 'resolved' })] });
  expect(shown.map(({ title, tag }) => `${title} ${tag}`)).toEqual(['Warning · db-01 a', 'Over · db-01 a']);
});

test('pressing one leads to its alert', () => {
  const { browser, shown } = browserOf('granted');
  const { notes, opened } = notesOf(browser, 'on');
  notes.tell({ fired: [alert('a')], over: [] });
  shown[0]?.press();
  expect(opened.map(({ id }) => id)).toEqual(['a']);
});
