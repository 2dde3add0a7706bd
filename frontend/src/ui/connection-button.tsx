import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { StateName } from '../state/connection-state';
import { wordsOf } from './connection-now';
import { grouped, type Dot } from './connection-words';
import { useApp } from './context';
import { type Later, useLater } from './later';
import { setAttribute, setClass, setProperty, setText, useDraw, useParts } from './live';
import { unbroken } from './unbroken';

type Part = 'dot' | 'half' | 'fill' | 'word' | 'time' | 'counts';
const tones = ['live', 'late', 'retrying', 'held', 'quiet', 'denied'] as const;
const tickMs = 1000;
/** The states in which no age and no countdown is shown. */
const stillness: ReadonlySet<StateName> = new Set(['LIVE', 'RECORDED']);

/** ConnectionButton always says how alive the page is; pressing it tells the whole story. */
export function ConnectionButton(): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLButtonElement>(null);
  const parts = useParts<Part>();
  const beaten = useRef(0);
  const later = useLater();
  const popover = later.parts.value;

  useDraw(root, () => {
    const button = root.current;
    if (!button) return;
    const words = wordsOf(app);
    for (const tone of tones) setClass(button, `is-${tone}`, words.tone === tone);
    drawDot(parts.get('half'), parts.get('fill'), words.dot);
    setText(parts.get('word'), words.word);
    setText(parts.get('time'), unbroken(words.detail));
    const { interruptions, filled, lost } = app.feed.store.ledger;
    setText(parts.get('counts'), interruptions === 0 ? '' : `${grouped(filled)} filled · ${grouped(lost)} lost`);
    const newest = app.feed.store.newest;
    if (newest !== beaten.current && words.tone === 'live') parts.get('dot')?.toggleAttribute('data-beat');
    beaten.current = newest;
  }, 'now', 'once');

  // While no samples come, ages and countdowns go on all the same.
  useSignalEffect(() => {
    if (stillness.has(app.feed.connection.name.value)) return undefined;
    const timer = setInterval(() => app.frameLoop.markDirty('state'), tickMs);
    return () => clearInterval(timer);
  });

  return (
    <>
      <button type="button" class="connection-state is-quiet" ref={root} popovertarget="connection-popover" onClick={(event) => openPopover(later, event.currentTarget)}>
        <svg class="state-dot" ref={parts.ref('dot')} viewBox="0 0 10 10" aria-hidden="true">
          <circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" stroke-width="1.6" />
          <circle class="dot-fill" ref={parts.ref('fill')} cx="5" cy="5" r="4.6" fill="currentColor" />
          <circle class="dot-point" cx="5" cy="5" r="2" fill="currentColor" />
          <path ref={parts.ref('half')} d="M5 1.2a3.8 3.8 0 0 1 0 7.6z" fill="currentColor" />
        </svg>
        <span class="state-word" ref={parts.ref('word')}>
          CONNECTING
        </span>
        <span class="state-time" ref={parts.ref('time')} />
        <span class="state-counts" ref={parts.ref('counts')} />
      </button>
      {popover && <popover.ConnectionPopover />}
    </>
  );
}

/** openPopover puts the popover under the button's left edge; opened it is by the button itself, unless it had to be fetched. */
function openPopover(later: Later, button: HTMLElement): void {
  const find = (): HTMLElement | null => document.getElementById('connection-popover');
  const place = (popover: HTMLElement): void => setProperty(popover, '--popover-left', `${Math.round(button.getBoundingClientRect().left)}px`);
  const there = find();
  if (there) place(there);
  else {
    // What comes with the parts is drawn by the next frame.
    later.use(() => {
      requestAnimationFrame(() => {
        const popover = find();
        if (!popover) return;
        place(popover);
        popover.showPopover();
      });
    });
  }
}

function drawDot(half: Element | undefined, fill: Element | undefined, dot: Dot): void {
  setAttribute(half, 'visibility', dot === 'half' ? 'visible' : 'hidden');
  setAttribute(fill, 'visibility', dot === 'solid' ? 'visible' : 'hidden');
}
