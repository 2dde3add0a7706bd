import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { useDraw } from '../ui/live';
import type { Host } from './hosts';
import { medianOf, pointsText } from './metrics';
import { addressOf } from './wall-columns';
import type { WallState } from './wall-state';

/** So many that are unlike their siblings are named. */
const named = 4;

/** CompareLine says of the metric that is compared who is at the top and at the bottom, and who is unlike its siblings. */
export function CompareLine({ wall }: { wall: WallState }): JSX.Element {
  const line = useRef<HTMLParagraphElement>(null);
  const drawn = useRef('');
  useDraw(line, () => {
    const parts = partsOf(wall);
    const text = JSON.stringify(parts);
    if (text === drawn.current) return;
    drawn.current = text;
    line.current?.replaceChildren(...parts.map(nodeOf));
  }, 'tables', 'once');
  return <p class="wall-compare" aria-label="comparison" role="group" ref={line} />;
}

type Part = string | { readonly id: string; readonly text: string; readonly unlike?: boolean };

function nodeOf(part: Part): Node | string {
  if (typeof part === 'string') return part;
  const link = document.createElement('a');
  link.href = addressOf(part.id);
  link.textContent = part.text;
  if (part.unlike === true) link.className = 'is-unlike';
  return link;
}

function partsOf(wall: WallState): readonly Part[] {
  const metric = wall.comparing();
  if (!metric) return [];
  const all = wall.hosts().flatMap((host) => {
    const compared = wall.compared(host.id);
    return compared.value === null ? [] : [{ host, value: compared.value, compared }];
  });
  const sorted = all.toSorted((a, b) => b.value - a.value);
  const [top, bottom] = [sorted[0], sorted.at(-1)];
  if (!top || !bottom) return [`${metric.title}: nothing known yet`];
  const linked = ({ host, value }: { host: Host; value: number }): Part => ({ id: host.id, text: `${host.name} ${Math.round(value)} %` });
  const median = Math.round(medianOf(all.map(({ value }) => value)));
  const unlike = sorted.filter(({ compared }) => compared.unlike).toSorted((a, b) => distance(b.compared) - distance(a.compared));
  const siblings = wall.siblings() === '' ? '' : ` of the same ${wall.siblings()}`;
  return [
    `${metric.title}: highest `, linked(top), ', lowest ', linked(bottom), `, median ${median} % · `,
    ...(unlike.length === 0
      ? [`none unlike its siblings${siblings}`]
      : [
          `${unlike.length} unlike ${unlike.length === 1 ? 'its' : 'their'} siblings${siblings}: `,
          ...unlike.slice(0, named).flatMap(({ host, compared }, i): Part[] => [i === 0 ? '' : ', ', { id: host.id, text: `${host.name} ${pointsText(compared)}`, unlike: true }]),
          ...(unlike.length > named ? [`, and ${unlike.length - named} more`] : []),
        ]),
  ];
}

const distance = ({ value, median }: { readonly value: number | null; readonly median: number | null }): number => Math.abs((value ?? 0) - (median ?? 0));
