import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AppState } from '../state/app-state';
import type { ExplainAnswer } from '../wire/types';
import { useApp, watch } from './context';
import { explain, type PastValue } from './explain-text';
import { setProperty } from './live';

/** A name pointed at for so long is asked about; what leaves it may come back within the second. */
const restMs = 500;
const leaveMs = 250;

type Content = { readonly type: 'loading' } | { readonly type: 'failed' } | { readonly type: 'said'; readonly answer: ExplainAnswer; readonly more: number };

/** Opens the explanation of the number that has the focus or the pointer, or closes it; false when there was nothing to close. */
export interface Explainer {
  readonly toggle: () => void;
  readonly close: () => boolean;
}

/**
 * ExplainPopover says where a number comes from: everything with data-explain, the ids of
 * its series, asks for it by hover, focus with the key, or click.
 */
export function ExplainPopover({ handle }: { handle: { current: Explainer | null } }): JSX.Element {
  const app = useApp();
  const box = useRef<HTMLDivElement>(null);
  const [content, setContent] = useState<Content>({ type: 'loading' });

  // The key that asks for it may be what fetched it.
  useLayoutEffect(() => {
    const popover = box.current;
    if (!popover) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = new AbortController();
    let shown: Element | null = null;
    let pointer = { x: NaN, y: NaN };

    const close = (): boolean => {
      clearTimeout(timer);
      asked.abort();
      shown = null;
      if (!popover.matches(':popover-open')) return false;
      popover.hidePopover();
      return true;
    };
    const open = (element: Element): void => {
      const ids = idsOf(element);
      const [id] = ids;
      if (id === undefined) return;
      close();
      shown = element;
      asked = new AbortController();
      const { signal } = asked;
      setContent({ type: 'loading' });
      place(popover, element);
      hideTip();
      popover.showPopover();
      app.feed.archive.explain(id, signal).then(
        (answer) => {
          if (!signal.aborted) setContent({ type: 'said', answer, more: ids.length - 1 });
        },
        () => {
          if (!signal.aborted) setContent({ type: 'failed' });
        },
      );
    };
    const over = (event: PointerEvent): void => {
      // A page that changes under a pointer at rest says nothing about what a person wants.
      if (event.pointerType === 'touch' || (event.clientX === pointer.x && event.clientY === pointer.y)) return;
      const element = targetOf(event.target);
      if (element === shown && element) clearTimeout(timer);
      else if (element) {
        clearTimeout(timer);
        timer = setTimeout(() => open(element), restMs);
      } else if (popover.contains(event.target instanceof Node ? event.target : null)) clearTimeout(timer);
      else {
        clearTimeout(timer);
        if (shown) timer = setTimeout(close, leaveMs);
      }
    };
    const moved = ({ clientX: x, clientY: y }: PointerEvent): void => {
      pointer = { x, y };
    };
    const click = (event: MouseEvent): void => {
      const element = targetOf(event.target);
      if (element?.classList.contains('cell-label') === true) open(element);
      else if (!popover.contains(event.target instanceof Node ? event.target : null)) close();
    };
    handle.current = {
      close,
      toggle: () => {
        if (close()) return;
        const element = asking();
        if (element) open(element);
      },
    };
    const ended = new AbortController();
    document.addEventListener('pointerover', over, { passive: true, signal: ended.signal });
    document.addEventListener('pointermove', moved, { passive: true, signal: ended.signal });
    document.addEventListener('click', click, { signal: ended.signal });
    return () => {
      ended.abort();
      close();
      handle.current = null;
    };
  }, [app, handle]);

  return (
    <div class="explain-popover" ref={box} popover="manual" role="status" aria-label="where this number comes from">
      {content.type === 'said' ? <Said answer={content.answer} more={content.more} /> : <p>{content.type === 'loading' ? '…' : 'The source could not be asked just now.'}</p>}
    </div>
  );
}

function Said({ answer, more }: { answer: ExplainAnswer; more: number }): JSX.Element {
  const app = useApp();
  // The cursor may move while it is open.
  watch(app.view.cursor, app.shown.rowsCame);
  const said = explain(answer, app.clock.zone(), app.clock.hostNow(), pastValue(app, answer));
  return (
    <>
      <p class="explain-title">{said.title}</p>
      <p>
        {said.help}
        {more > 0 && ` One of ${more + 1} series that are shown together.`}
      </p>
      <dl>
        {said.facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        {said.readings.map(([clock, text], i) => (
          <div key={clock}>
            <dt>{i === 0 ? 'last reading' : 'the one before'}</dt>
            <dd>
              {text} <span class="explain-clock">at {clock}</span>
            </dd>
          </div>
        ))}
      </dl>
      {said.withoutReadings !== '' && <p>{said.withoutReadings}</p>}
      {said.differs !== '' && <p>Other tools: {said.differs}</p>}
    </>
  );
}

/** pastValue is what is stored of a series at the cursor; undefined where the page speaks of the row that was answered. */
function pastValue(app: AppState, { series, seq: answered }: ExplainAnswer): PastValue | undefined {
  if (!app.view.cursor.peek()) return undefined;
  const { state, values, index, t, seq } = app.shown.row();
  if (seq === answered) return undefined;
  if (state === 'loading') return { t, value: NaN };
  return { t, value: index < 0 ? null : values.value(series.id, index) };
}

const selector = '[data-explain]';
const targetOf = (target: EventTarget | null): Element | null => (target instanceof Element ? target.closest(selector) : null);
const idsOf = (element: Element): readonly number[] => (element.getAttribute('data-explain') ?? '').split(' ').filter((id) => id !== '').map(Number);

/** asking is what a person means by the key: the focus or the chart that has it, the pointer likewise, else the first number. */
function asking(): Element | null {
  const focus = document.activeElement;
  return (
    focus?.closest(selector) ??
    focus?.closest('.chart-panel')?.querySelector(selector) ??
    document.querySelector(`${selector}:hover`) ??
    document.querySelector(`.chart-panel:hover ${selector}`) ??
    document.querySelector(selector)
  );
}

/** hideTip makes room: what the tip says is said here too. */
function hideTip(): void {
  const tip = document.querySelector('.reason-tip:popover-open');
  if (tip instanceof HTMLElement) tip.hidePopover();
}

function place(popover: HTMLElement, element: Element): void {
  const at = element.getBoundingClientRect();
  const below = at.bottom < window.innerHeight * 0.6;
  setProperty(popover, '--explain-left', `${Math.round(at.left)}px`);
  setProperty(popover, '--explain-top', below ? `${Math.round(at.bottom + 6)}px` : 'auto');
  setProperty(popover, '--explain-bottom', below ? 'auto' : `${Math.round(window.innerHeight - at.top + 6)}px`);
}
