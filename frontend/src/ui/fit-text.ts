// Names that are longer than their place. CSS cuts only the end, and the end is where
// names of a kind differ.

/** So many characters of a long name's end stay. */
const TAIL = 4;

/** fitMiddle shortens a name until it fits into room: most of its start, a little of its end, and no space beside the "…". */
export function fitMiddle(name: string, room: number, widthOf: (text: string) => number): string {
  const letters = Array.from(name);
  if (letters.length <= TAIL + 2 || widthOf(name) <= room) return name;
  let [head, tail] = [letters.length - TAIL - 1, TAIL];
  const cut = (): string => `${letters.slice(0, head).join('').trimEnd()}…${letters.slice(-tail).join('').trimStart()}`;
  while (head > 1 && widthOf(cut()) > room) head--;
  // In hardly any room the end gives way too.
  while (tail > 1 && widthOf(cut()) > room) tail--;
  return cut();
}

/** measureIn returns how wide texts are in an element's font, with a weight of its own where one is given. */
export function measureIn(el: Element): (text: string, weight?: number) => number {
  const ctx = document.createElement('canvas').getContext('2d');
  const { fontSize, fontFamily } = getComputedStyle(el);
  return (text, weight = 400) => {
    if (!ctx) return 0;
    ctx.font = `${weight} ${fontSize} ${fontFamily}`;
    return ctx.measureText(text).width;
  };
}
