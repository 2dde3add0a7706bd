import { expect, test } from 'vitest';
import { createPreferences, readPreferences, writePreferences, type Preferences } from './preferences';

function fixture(stored = new Map<string, string>()): { preferences: Preferences; stored: Map<string, string> } {
  return { preferences: createPreferences({ get: (name) => stored.get(name) ?? null, set: (name, value) => void stored.set(name, value) }), stored };
}

test('what is chosen is kept, and nothing before', () => {
  const { preferences, stored } = fixture();
  expect(stored.size).toBe(0);
  preferences.theme.value = 'dark';
  preferences.arrangement.value = { order: ['network'], hidden: ['pressure'] };
  const next = fixture(stored).preferences;
  expect(next.theme.value).toBe('dark');
  expect(next.arrangement.value).toEqual({ order: ['network'], hidden: ['pressure'] });
});

test('what is kept and makes no sense is the default', () => {
  const { preferences } = fixture(new Map([['theme', 'purple'], ['panels', '{"order":7}']]));
  expect(preferences.theme.value).toBe('system');
  expect(preferences.arrangement.value).toEqual({ order: [], hidden: [] });
});

test('a file brings to another browser what it was written in', () => {
  const { preferences } = fixture();
  preferences.units.value = 'bytes';
  preferences.density.value = 'dense';
  preferences.keys.value = 'off';
  preferences.arrangement.value = { order: ['network', 'cpu'], hidden: ['sensors'] };
  const other = fixture();
  expect(readPreferences(other.preferences, writePreferences(preferences))).toBe('');
  expect(writePreferences(other.preferences)).toBe(writePreferences(preferences));
  expect(other.stored.get('units')).toBe('bytes');
});

test.each([
  ['nonsense', '{theme', /^This is not JSON: .+\.$/],
  ['another file', '{"name":"x"}', /"dashcam" is missing, expected "settings"/],
  ['a list', '[]', /"dashcam" is missing, expected "settings"/],
  ['a newer file', '{"dashcam":"settings","version":2}', /"version" is 2, expected 1/],
  ['a value', '{"dashcam":"settings","version":1,"density":"dense","theme":"purple"}', /^"theme" is "purple", expected "system", "light" or "dark"\.$/],
  ['a name', '{"dashcam":"settings","version":1,"colour":"red"}', /^"colour" is not a setting, expected "theme", .* or "panels"\.$/],
  ['an order', '{"dashcam":"settings","version":1,"panels":{"order":[1]}}', /^"panels\.order" is \[1\], expected a list/],
  ['something long', `{"dashcam":"settings","version":1,"theme":"${'x'.repeat(500)}"}`, /^"theme" is "x{56}…, expected/],
])('a file with %s wrong says so and changes nothing', (_, text, said) => {
  const { preferences, stored } = fixture();
  expect(readPreferences(preferences, text)).toMatch(said);
  expect(stored.size).toBe(0);
  expect(preferences.density.value).toBe('normal');
});
