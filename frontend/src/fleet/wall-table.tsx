import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../ui/context';
import { setAttribute, setClass, setProperty, setText, useDraw } from '../ui/live';
import { TableBody } from '../ui/table/table-body';
import { keyOf, type Line, withLabel } from './filter';
import { resourceNames } from './hosts';
import { metricOf } from './metrics';
import type { Place } from './place';
import { splitClone } from './split';
import { StripSheet } from './strip-sheet';
import { addressOf, wallColumns, wallLook } from './wall-columns';
import type { WallState } from './wall-state';

/** How high a row is, in CSS pixels: one line, or on a phone two and the strips. */
const rowPx = 30;
const phoneRowPx = 76;
/** A pointer that rests so long holds the order no longer. */
const pointerMs = 10_000;

/** What the wall does with its rows. */
export interface WallRows {
  /** Goes to another line and shows it. */
  readonly step: (by: number) => void;
  /** How many rows are seen at once. */
  readonly page: () => number;
  /** Opens what is chosen: a host's page, or a group. */
  readonly open: () => void;
  readonly top: () => number;
  readonly restore: (place: Place) => void;
}

interface Held {
  /** Where the box is scrolled to, and how high it is. */
  top: number;
  height: number;
  /** When the pointer moved over the rows. */
  pointedAt: number;
  /** The observation that the strips have. */
  seq: number;
  /** Where to scroll to when there are rows. */
  restore: number | undefined;
}

/** WallTable is one row for every host; only those that are seen exist. */
export function WallTable({ wall, handle }: { wall: WallState; handle: { current: WallRows | null } }): JSX.Element {
  const app = useApp();
  const scroller = useRef<HTMLDivElement>(null);
  const table = useRef<HTMLTableElement>(null);
  const rowsOf = useRef<HTMLTableSectionElement>(null);
  const stripsHead = useRef<HTMLTableCellElement>(null);
  const body = useRef<TableBody<Line>>(undefined);
  const sheet = useRef<StripSheet>(undefined);
  const [columns] = useState(() => wallColumns(wall, () => sheet.current));
  const [held] = useState<Held>(() => ({ top: 0, height: 0, pointedAt: -Infinity, seq: 0, restore: undefined }));
  const [phone] = useState(() => matchMedia('(max-width: 699px)'));
  const metric = metricOf(wall.metric.value);
  const rowHeight = (): number => (phone.matches ? phoneRowPx : rowPx);

  const draw = (): void => {
    wall.read(app.clock.now() - held.pointedAt < pointerMs);
    if (wall.seq() !== held.seq) {
      held.seq = wall.seq();
      sheet.current?.add(wall.hosts(), wall.ms());
    }
    const lines = wall.lines();
    const height = rowHeight();
    const box = scroller.current;
    setProperty(box, '--wall-row', `${height}px`);
    setClass(box, 'is-stale', app.feed.store.length > 0 && app.feed.stale());
    const first = Math.max(0, Math.min(Math.floor(held.top / height), lines.length - 1));
    const count = Math.ceil(held.height / height) + 1;
    const shown = lines.slice(first, first + count);
    setAttribute(table.current, 'aria-rowcount', String(lines.length + 1));
    body.current?.show({
      rows: shown,
      first,
      before: first * height,
      after: (lines.length - first - shown.length) * height,
      message: shown.length > 0 || wall.seq() === 0 ? '' : wall.hosts().length === 0 ? 'No host has joined yet: dashcam join on a host makes it one of these.' : 'No host fits the filter.',
    });
    const active = Array.from(rowsOf.current?.children ?? []).find((row) => row.classList.contains('is-chosen'));
    for (const row of Array.from(rowsOf.current?.querySelectorAll('[id="wall-chosen"]') ?? [])) if (row !== active) row.removeAttribute('id');
    setAttribute(active, 'id', 'wall-chosen');
    setAttribute(table.current, 'aria-activedescendant', active ? 'wall-chosen' : undefined);
    if (held.restore !== undefined && box && lines.length > 0) {
      const top = held.restore;
      held.restore = undefined;
      box.scrollTop = top;
    }
  };

  useLayoutEffect(() => {
    if (!rowsOf.current || !scroller.current) return undefined;
    body.current = new TableBody(rowsOf.current, columns, wallLook(wall));
    const made = (sheet.current = new StripSheet(app, scroller.current));
    return () => made.dispose();
  }, [app, columns, wall]);
  useDraw(scroller, draw, 'tables', 'once');
  useLayoutEffect(() => {
    const [box, head] = [scroller.current, stripsHead.current];
    if (!box || !head) return undefined;
    const sizes = (): void => {
      const canvas = rowsOf.current?.querySelector<HTMLElement>('.wall-strips canvas:not([hidden])');
      if (canvas) sheet.current?.resize(canvas.clientWidth, canvas.clientHeight);
    };
    const ends = [
      app.frameLoop.onResize(box, (_, height) => {
        held.height = height;
        sizes();
        app.frameLoop.markDirty('table');
      }),
    ];
    // The first row tells how large a strip is.
    const rows = new ResizeObserver(() => {
      sizes();
      app.frameLoop.markDirty('table');
    });
    if (rowsOf.current) rows.observe(rowsOf.current);
    return () => {
      rows.disconnect();
      for (const end of ends) end();
    };
  }, [app, held]);

  const go = (line: Line | undefined): void => {
    if (line?.type === 'group') wall.toggle(line.value);
    else if (line) window.location.assign(addressOf(line.host.id));
  };
  useEffect(() => {
    handle.current = {
      step(by) {
        wall.step(by);
        const at = wall.lines().findIndex((line) => keyOf(line) === wall.chosen.peek());
        const box = scroller.current;
        if (!box || at < 0) return;
        table.current?.focus({ preventScroll: true });
        const height = rowHeight();
        const head = table.current?.tHead?.offsetHeight ?? 0;
        const room = box.clientHeight - head;
        if (at * height < box.scrollTop) box.scrollTop = at * height;
        else if ((at + 1) * height > box.scrollTop + room) box.scrollTop = (at + 1) * height - room;
      },
      page: () => Math.max(1, Math.floor(held.height / rowHeight()) - 2),
      open: () => go(wall.lines().find((line) => keyOf(line) === wall.chosen.peek())),
      top: () => scroller.current?.scrollTop ?? 0,
      restore(place) {
        wall.chosen.value = place.chosen;
        held.restore = place.top;
        app.frameLoop.markDirty('table');
      },
    };
    return () => {
      handle.current = null;
    };
  });

  const press = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const line = body.current?.rowAt(target);
    const split = target?.closest<HTMLButtonElement>('.wall-split');
    if (split?.dataset.host !== undefined) {
      const { host } = split.dataset;
      split.disabled = true;
      void splitClone(host).then((done) => {
        split.disabled = false;
        setText(split, done ? 'split' : 'not split: again');
      });
      return;
    }
    const label = target?.closest<HTMLElement>('.wall-label')?.dataset.label;
    if (label !== undefined) {
      wall.filter.value = withLabel(wall.filter.peek(), label);
      return;
    }
    if (line) wall.chosen.value = keyOf(line);
    // A link opens by itself, in another tab where that was asked for.
    if (target?.closest('a[href]') || event.ctrlKey || event.metaKey || event.shiftKey) return;
    go(line);
  };

  return (
    <div
      class="wall-scroll"
      ref={scroller}
      onScroll={(event) => {
        held.top = event.currentTarget.scrollTop;
        app.frameLoop.markDirty('view');
      }}
      onPointerMove={() => {
        held.pointedAt = app.clock.now();
      }}
      onPointerLeave={() => {
        held.pointedAt = -Infinity;
      }}
    >
      <table
        ref={table}
        role="grid"
        aria-label="hosts"
        tabIndex={0}
        onKeyDown={(event) => {
          // Elsewhere it presses what has the focus.
          if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
          event.preventDefault();
          handle.current?.open();
        }}
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ name, title, look }) =>
              name === 'strips' ? (
                <th key={name} scope="col" class={look} ref={stripsHead}>
                  <span class="visually-hidden">the last 15 minutes of </span>
                  <span class="wall-resources">
                    {(metric ? [metric.resource] : resourceNames).map((resource) => (
                      <span key={resource}>{resource}</span>
                    ))}
                  </span>
                </th>
              ) : (
                <th key={name} scope="col" class={look}>
                  {metric && name === 'worst' ? 'mean of 30 s' : metric && name === 'top' ? 'off the median' : title}
                </th>
              ),
            )}
          </tr>
        </thead>
        {/* A host opens where its row is pressed; its name is the link that says so. */}
        <tbody ref={rowsOf} onClick={press} />
      </table>
    </div>
  );
}
