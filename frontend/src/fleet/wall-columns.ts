// How a line of the wall is written into its row.

import { formatFragment } from '../state/url';
import { setAttribute, setClass, setProperty, setText } from '../ui/live';
import { spanOf } from '../ui/table/cells';
import type { Column, RowLook } from '../ui/table/table-body';
import type { Line } from './filter';
import { type Host, resourceNames, type Standing } from './hosts';
import { keyOf } from './filter';
import { medianOf, pointsText } from './metrics';
import type { StripSheet } from './strip-sheet';
import type { WallState } from './wall-state';
import { causeText, clockText, labelText, stateSince, stateWord, upText, versionNote } from './words';

/** The head of a column of the wall. */
interface WallColumn extends Column<Line> {
  readonly title: string;
}

/** The shapes that stand for a state, in a box of 9 by 9. */
const shapes: Readonly<Record<Standing, string>> = {
  critical: 'M4.5 0.6 8.9 8.4H0.1z',
  warn: 'M1 1h7v7H1z',
  silent: 'M4.5 .5a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm0 1.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2z',
  ok: 'M4.5 2.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4z',
  unknown: 'M2 4h5v1H2z',
};

/** stateIcon is a shape whose path is written by setStanding. */
export function stateIcon(): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 9 9');
  svg.setAttribute('fill', 'currentColor');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'path'));
  return svg;
}

export const setStanding = (icon: Element | null | undefined, standing: Standing): void => setAttribute(icon?.firstElementChild, 'd', shapes[standing]);

/** worstText names the resource that is worst, with its use. */
export const worstText = ({ worst, standing }: Host): string =>
  worst === undefined || standing === 'silent' || worst.use === null ? '—' : `${worst.name} ${Math.round(worst.use)} %`;

/** addressOf is the page of a host. */
export const addressOf = (id: string): string => `h/${encodeURIComponent(id)}/`;

/** momentOf is the page of a host at a second. */
export const momentOf = (id: string, ms: number): string => `${addressOf(id)}${formatFragment({ at: ms })}`;

export function wallLook(wall: WallState): RowLook<Line> {
  return {
    class: (line) => `${line.type === 'group' ? `is-group${line.open ? '' : ' is-closed'}${line.bad > 0 && line.worst ? ` is-${line.worst.standing}` : ''}` : `is-${line.host.standing}`}${keyOf(line) === wall.chosen.peek() ? ' is-chosen' : ''}`,
    write(element, line) {
      setAttribute(element, 'aria-selected', String(keyOf(line) === wall.chosen.peek()));
    },
  };
}

/** wallColumns are the columns; strips draws into the canvases. */
export function wallColumns(wall: WallState, strips: () => StripSheet | undefined): readonly WallColumn[] {
  const text = (name: string, title: string, of: (host: Host) => string): WallColumn => ({
    name,
    title,
    look: `wall-${name}`,
    write: (cell, line) => setText(cell, line.type === 'host' ? of(line.host) : ''),
  });
  return [
    {
      name: 'name',
      title: 'host',
      look: 'wall-name',
      names: true,
      make(cell) {
        const link = document.createElement('a');
        link.className = 'wall-open';
        link.tabIndex = -1;
        const split = document.createElement('button');
        split.type = 'button';
        split.className = 'wall-split';
        split.tabIndex = -1;
        split.textContent = 'split';
        cell.append(link, spanOf('wall-note'), split, spanOf('wall-id'));
      },
      write(cell, line) {
        const [link, note, split, twin] = cell.children;
        const clone = line.type === 'host' ? line.host.clone : '';
        if (split instanceof HTMLButtonElement) {
          split.hidden = clone === '';
          split.dataset.host = line.type === 'host' ? line.host.id : '';
          setAttribute(split, 'title', clone === '' ? undefined : 'It is a machine of its own: make it a host of its own.');
        }
        setText(twin, line.type === 'host' && wall.shared(line.host.name) ? `…${line.host.id.slice(-6)}` : '');
        if (line.type === 'group') {
          setText(link, line.value === '' ? 'without the label' : line.value);
          setAttribute(link, 'href', undefined);
          setText(note, `${line.count} ${line.count === 1 ? 'host' : 'hosts'}`);
          return;
        }
        const { host } = line;
        setText(link, host.name);
        setAttribute(link, 'href', addressOf(host.id));
        setText(note, [clockText(host), host.clone === '' ? '' : `clone of ${wall.nameOf(host.clone)}`].filter((each) => each !== '').join(' · '));
      },
    },
    {
      name: 'state',
      title: 'state',
      look: 'wall-state',
      make: (cell) => cell.append(stateIcon(), spanOf('wall-word'), spanOf('wall-since'), spanOf('wall-cause')),
      write(cell, line) {
        const [icon, word, since, cause] = cell.children;
        // Where there is room it stands beside it.
        setText(cause, line.type === 'host' ? causeText(line.host) : '');
        if (line.type === 'group') {
          setStanding(icon, line.worst?.standing ?? 'unknown');
          setText(word, line.bad > 0 ? `${line.bad} ${line.bad === 1 ? 'needs' : 'need'} attention` : 'all well');
          setText(since, '');
          setClass(cell, `is-well`, line.bad === 0);
          return;
        }
        setStanding(icon, line.host.standing);
        setText(word, stateWord(line.host));
        setText(since, stateSince(line.host, wall.now()));
      },
    },
    {
      name: 'strips',
      title: '',
      look: 'wall-strips',
      drawn: true,
      make(cell) {
        const canvas = document.createElement('canvas');
        canvas.setAttribute('aria-hidden', 'true');
        cell.append(canvas);
      },
      write(cell, line) {
        const canvas = cell.firstElementChild;
        if (!(canvas instanceof HTMLCanvasElement)) return;
        canvas.hidden = line.type === 'group';
        if (line.type === 'host') {
          const of = wall.comparing();
          strips()?.draw(canvas, line.host, of && resourceNames.indexOf(of.resource));
        }
      },
    },
    {
      name: 'worst',
      title: 'worst',
      look: 'wall-worst',
      write(cell, line) {
        const metric = wall.comparing();
        const value = metric ? valueOf(wall, line) : null;
        setClass(cell, 'is-compared', metric !== undefined);
        setProperty(cell, '--value', value === null ? '0' : String(Math.round(value)));
        setText(cell, metric ? (value === null ? '—' : `${line.type === 'group' ? 'median ' : ''}${Math.round(value)} %`) : line.type === 'host' ? worstText(line.host) : '');
      },
    },
    {
      name: 'top',
      title: 'who',
      look: 'wall-top',
      write(cell, line) {
        const metric = wall.comparing();
        const compared = line.type === 'host' && metric ? wall.compared(line.host.id) : undefined;
        setClass(cell, 'is-unlike', compared?.unlike === true);
        setText(cell, line.type === 'group' ? '' : compared ? siblingText(wall, compared) : causeText(line.host) || topText(line.host));
        setAttribute(cell, 'title', line.type === 'host' && line.host.verdict !== '' && !compared ? line.host.verdict : undefined);
      },
    },
    {
      name: 'version',
      title: 'version',
      look: 'wall-version',
      make: (cell) => cell.append(spanOf(''), spanOf('wall-note')),
      write(cell, line) {
        const version = line.type === 'host' ? line.host.version : '';
        setText(cell.firstElementChild, version);
        setText(cell.lastElementChild, versionNote(version, wall.version()));
      },
    },
    text('up', 'up', (host) => upText(host, wall.now())),
    {
      name: 'labels',
      title: 'labels',
      look: 'wall-labels',
      write(cell, line) {
        const labels = line.type === 'host' ? Array.from(line.host.labels, ([name, value]) => labelText(name, value)) : [];
        if (cell.dataset.labels === labels.join(' ')) return;
        cell.dataset.labels = labels.join(' ');
        cell.replaceChildren(
          ...labels.map((label) => {
            const button = document.createElement('button');
            button.type = 'button';
            button.className = 'wall-label';
            button.tabIndex = -1;
            button.dataset.label = label;
            button.title = label;
            button.textContent = label.slice(label.indexOf('=') + 1);
            return button;
          }),
        );
      },
    },
  ];
}

/** topText names who takes the most of a host. */
const topText = ({ process, service }: Host): string => (service === '' ? process : `${process}${process === '' ? '' : ' · '}${service}`);

/** valueOf is what is compared: of a host its value, of a group the median of its hosts. */
function valueOf(wall: WallState, line: Line): number | null {
  if (line.type === 'host') return wall.compared(line.host.id).value;
  const values = line.hosts.flatMap(({ id }) => wall.compared(id).value ?? []);
  return values.length === 0 ? null : medianOf(values);
}

/** siblingText says how a host stands to its siblings. */
function siblingText(wall: WallState, compared: ReturnType<WallState['compared']>): string {
  const points = pointsText(compared);
  if (points === '') return '';
  return compared.unlike ? `${points} · unlike its siblings${wall.siblings() === '' ? '' : ` (${wall.siblings()})`}` : points;
}
