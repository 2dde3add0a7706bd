/** unbroken keeps each part of a line in one piece, so that where lines are wrapped away a part that has no room leaves with the dot before it. */
export function unbroken(line: string): string {
  const [first = '', ...rest] = line.split(' · ');
  return [first, ...rest.map((part) => `·\u00a0${part.replaceAll(' ', '\u00a0')}`)].join(' ');
}
