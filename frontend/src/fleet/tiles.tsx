import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../ui/context';
import { setClass, setClassName, setProperty, setText, useDraw } from '../ui/live';
import { spanOf } from '../ui/table/cells';
import type { Host } from './hosts';
import { setStanding, stateIcon, worstText } from './wall-columns';
import type { WallState } from './wall-state';
import { causeText, clockText, stateSince, stateWord } from './words';

/** The least a tile needs, in CSS pixels: a name and a state that are read from afar. */
const least = { width: 190, height: 72 };
const most = { width: 420, height: 180 };

/** Tiles are as many hosts as the screen has room for, the worst first, as large as that allows. */
export function Tiles({ wall }: { wall: WallState }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLUListElement>(null);
  const rest = useRef<HTMLParagraphElement>(null);
  const [held] = useState<{ width: number; height: number; readonly tiles: HTMLLIElement[] }>(() => ({ width: 0, height: 0, tiles: [] }));
  useDraw(root, () => {
    wall.read(false);
    const list = root.current;
    if (!list || held.width === 0) return;
    setClass(list, 'is-stale', app.feed.store.length > 0 && app.feed.stale());
    const hosts = wall.lines().flatMap((line) => (line.type === 'host' ? [line.host] : []));
    const { columns, rows } = gridFor(hosts.length, held.width, held.height);
    setProperty(list, '--columns', String(columns));
    setProperty(list, '--rows', String(rows));
    const shown = hosts.slice(0, columns * rows);
    while (held.tiles.length < shown.length) {
      const made = tile();
      held.tiles.push(made);
      list.append(made);
    }
    for (const gone of held.tiles.splice(shown.length)) gone.remove();
    shown.forEach((host, i) => write(held.tiles[i], host, wall));
    const hidden = hosts.slice(shown.length);
    const bad = hidden.filter(({ standing }) => standing !== 'ok').length;
    setText(rest.current, hidden.length === 0 ? '' : `${hidden.length} more ${hidden.length === 1 ? 'host' : 'hosts'}, ${bad === 0 ? 'all well' : `${bad} not well`}`);
  }, 'tables', 'once');
  useLayoutEffect(() => {
    const list = root.current;
    return list
      ? app.frameLoop.onResize(list, (width, height) => {
          [held.width, held.height] = [width, height];
          app.frameLoop.markDirty('table');
        })
      : undefined;
  }, [app, held]);
  return (
    <>
      <ul class="wall-tiles" ref={root} aria-label="hosts" />
      <p class="wall-rest" ref={rest} />
    </>
  );
}

/** gridFor finds the columns and rows that give so many tiles the most room; fewer than all where there is none. */
export function gridFor(count: number, width: number, height: number): { readonly columns: number; readonly rows: number } {
  const mostColumns = Math.max(1, Math.floor(width / least.width));
  const mostRows = Math.max(1, Math.floor(height / least.height));
  for (let columns = Math.max(1, Math.ceil(width / most.width)); columns <= mostColumns; columns++) {
    const rows = Math.max(Math.ceil(count / columns), Math.ceil(height / most.height));
    if (rows <= mostRows) return { columns, rows };
  }
  return { columns: mostColumns, rows: mostRows };
}

function tile(): HTMLLIElement {
  const item = document.createElement('li');
  const head = document.createElement('div');
  head.className = 'tile-head';
  head.append(stateIcon(), spanOf('tile-name'), spanOf('tile-worst'));
  item.append(head, spanOf('tile-word'), spanOf('tile-cause'), spanOf('tile-since'));
  return item;
}

function write(item: HTMLLIElement | undefined, host: Host, wall: WallState): void {
  if (!item) return;
  const [head, word, cause, since] = item.children;
  setText(cause, causeText(host));
  const [icon, name, worst] = head?.children ?? [];
  setClassName(item, `is-${host.standing}`);
  setStanding(icon, host.standing);
  setText(name, host.name);
  setText(worst, worstText(host));
  setText(word, stateWord(host));
  setText(since, [stateSince(host, wall.now()), clockText(host)].filter((each) => each !== '').join(' · '));
}
