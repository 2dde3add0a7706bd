/**
 * score says how well a text fits what was typed: every letter has to occur in order;
 * beginnings of words and letters in a row count more. undefined does not fit.
 */
export function score(text: string, typed: string): number | undefined {
  const wanted = typed.toLowerCase().replaceAll(' ', '');
  if (wanted === '') return 0;
  const letters = text.toLowerCase();
  if (letters === typed.trim().toLowerCase()) return Infinity;
  // A run of letters as typed beats letters strewn about, wherever it stands.
  const at = letters.indexOf(typed.trim().toLowerCase());
  if (at >= 0) return 100 + (startsWord(letters, at) ? 50 : 0) - Math.min(40, letters.length - wanted.length) / 4;
  let sum = 0;
  let from = 0;
  let before = -2;
  for (const letter of wanted) {
    const found = letters.indexOf(letter, from);
    if (found < 0) return undefined;
    sum += found === before + 1 ? 4 : startsWord(letters, found) ? 3 : 1;
    before = found;
    from = found + 1;
  }
  return sum - Math.min(40, letters.length - wanted.length) / 40;
}

const startsWord = (text: string, at: number): boolean => at === 0 || /[^a-z0-9]/.test(text.charAt(at - 1));

/** best returns the entries that fit, the best first; of equals the order stays. */
export function best<T extends { readonly text: string }>(entries: readonly T[], typed: string, most: number): readonly T[] {
  return entries
    .flatMap((entry) => {
      const points = score(entry.text, typed);
      return points === undefined ? [] : [{ entry, points }];
    })
    .sort((a, b) => (a.points === b.points ? 0 : b.points - a.points))
    .slice(0, most)
    .map(({ entry }) => entry);
}

/** found are the best of the entries, and among them, behind an exact title, what the text itself means. */
export function found<T extends { readonly text: string }>(entries: readonly T[], meant: readonly T[], typed: string, most: number): readonly T[] {
  const ranked = best(entries, typed, most);
  const exact = ranked.findLastIndex(({ text }) => score(text, typed) === Infinity) + 1;
  return [...ranked.slice(0, exact), ...meant, ...ranked.slice(exact)].slice(0, most);
}
