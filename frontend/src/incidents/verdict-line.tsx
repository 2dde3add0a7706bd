import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AppState } from '../state/app-state';
import type { ShownVerdict } from '../state/shown-verdict';
import { useApp } from '../ui/context';
import { shapePath } from '../ui/icons';
import { setAttribute, setClass, setText, useDraw } from '../ui/live';
import { formatClock } from '../lib/format';
import type { Clause, Culprit } from '../wire/types';
import { chartOf, followTo, linkTo, openCulprit } from './follow';
import { type Piece, piecesOf } from './verdict-words';

/** A cursor that moves asks for nothing; one that rests this long does. */
const REST_MS = 150;

/** In the place of a shape, where nothing is wrong. */
const DOT = 'M4.5 2.5a2 2 0 1 0 .01 0z';

/**
 * VerdictLine says what is wrong at the second that the page speaks of, in the server's words.
 * Its clauses lead to their numbers, the names in it to whom they name.
 */
export function VerdictLine(): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLElement>(null);
  const shape = useRef<SVGPathElement>(null);
  const text = useRef<HTMLParagraphElement>(null);
  const made = useRef<Sentence>(undefined);
  const { view, shown } = app;
  const [cursor, came, name] = [view.cursor.value, shown.rowsCame.value, app.feed.connection.name.value];
  useEffect(() => app.clock.later(REST_MS, () => shown.wantVerdict()), [app, shown, cursor, came, name]);
  useDraw(root, () => {
    if (!root.current || !text.current) return;
    made.current ??= new Sentence(app, text.current);
    const now = shown.verdict();
    const stale = now.state === 'late' || (view.cursor.peek() === null && app.feed.stale());
    const level = stale ? 'ok' : (now.verdict?.level ?? 'ok');
    setClass(root.current, 'is-critical', level === 'critical');
    setClass(root.current, 'is-warn', level === 'warn');
    setClass(root.current, 'is-stale', stale);
    setAttribute(shape.current, 'd', level !== 'ok' ? shapePath(level) : now.verdict && !stale ? DOT : '');
    made.current.write(piecesShown(app, now, stale));
  }, 'verdict', 'once');
  return (
    <section class="verdict-line" aria-label="verdict" ref={root}>
      <svg viewBox="0 0 9 9" fill="currentColor" aria-hidden="true">
        <path ref={shape} />
      </svg>
      <p ref={text} />
    </section>
  );
}

function piecesShown(app: AppState, { verdict, state }: ShownVerdict, stale: boolean): readonly Piece[] {
  if (!verdict) return [{ kind: 'text', text: state === 'none' ? '—' : '…' }];
  const pieces = piecesOf(verdict);
  return stale ? [{ kind: 'text', text: `as of ${formatClock(verdict.at, app.clock.zone())}: ` }, ...pieces] : pieces;
}

/** Sentence writes pieces into an element, and leaves in place those that are of the same kind: the focus stays in them. */
class Sentence {
  readonly #app: AppState;
  readonly #el: HTMLElement;
  #kinds = '';
  #pieces: readonly Piece[] = [];
  /** The chart of each clause's series, while the host has the same shape. */
  #charts = { shape: -1, of: new Map<string, string | undefined>() };

  constructor(app: AppState, el: HTMLElement) {
    this.#app = app;
    this.#el = el;
    el.addEventListener('click', (event) => this.#click(event));
  }

  write(pieces: readonly Piece[]): void {
    const kinds = pieces.map(({ kind }) => kind).join();
    if (kinds !== this.#kinds) {
      this.#kinds = kinds;
      this.#el.replaceChildren(...pieces.map(({ kind }) => elementOf(kind)));
    }
    this.#pieces = pieces;
    pieces.forEach((piece, i) => {
      const el = this.#el.children[i];
      setText(el, piece.text);
      if (piece.kind === 'clause') setAttribute(el, 'href', linkTo(this.#app, piece.clause.at, this.#chartOf(piece.clause)) || '#');
      if (piece.kind === 'who') setAttribute(el, 'aria-label', `${piece.culprit.kind} ${piece.text}`);
    });
  }

  #chartOf({ series }: Clause): string | undefined {
    const shape = this.#app.feed.shape.peek();
    if (this.#charts.shape !== shape) this.#charts = { shape, of: new Map() };
    const key = series.join(' ');
    if (!this.#charts.of.has(key)) this.#charts.of.set(key, chartOf(series, this.#app.feed.store));
    return this.#charts.of.get(key);
  }

  #click(event: MouseEvent): void {
    const target = event.target instanceof Element ? Array.from(this.#el.children).indexOf(event.target) : -1;
    const piece = this.#pieces[target];
    // A link that is to be opened elsewhere is the browser's.
    if (piece?.kind === 'clause' && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      followTo(this.#app, piece.clause.at, this.#chartOf(piece.clause));
    } else if (piece?.kind === 'who') this.#open(piece.culprit);
  }

  #open(culprit: Culprit): void {
    openCulprit(this.#app, culprit);
  }
}

function elementOf(kind: Piece['kind']): HTMLElement {
  if (kind === 'text') return document.createElement('span');
  const el = kind === 'clause' ? document.createElement('a') : document.createElement('button');
  if (el instanceof HTMLButtonElement) el.type = 'button';
  el.className = kind === 'clause' ? 'verdict-clause' : 'verdict-who';
  return el;
}
