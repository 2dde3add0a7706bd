import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { ExplainAnswer } from '../wire/types';
import { useApp } from './context';
import { setProperty, setText } from './live';

/**
 * ReasonTip explains, on hover or focus, every element with data-reason: why a value
 * cannot be known, or what a name means. Of one with data-help, the id of a series, it
 * asks the archive for what the number means. There is one for the whole page.
 */
export function ReasonTip(): JSX.Element {
  const { archive } = useApp().feed;
  const tip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const helps = new Map<string, string>();
    let asked = new AbortController();
    const show = (event: Event): void => {
      const element = event.target instanceof Element ? event.target.closest('[data-reason], [data-help]') : null;
      asked.abort();
      const id = element?.getAttribute('data-help') ?? '';
      const text = element?.getAttribute('data-reason') ?? helps.get(id) ?? '';
      if (element && text !== '') open(element, text);
      else if (tip.current?.matches(':popover-open') === true) tip.current.hidePopover();
      if (!element || text !== '' || id === '') return;
      const { signal } = (asked = new AbortController());
      const said = ({ series }: ExplainAnswer): void => {
        helps.set(id, series.help ?? '');
        if (!signal.aborted) open(element, series.help ?? '');
      };
      archive.explain(Number(id), signal).then(said, () => undefined); // without an answer there is nothing to show
    };
    const open = (element: Element, text: string): void => {
      const box = tip.current;
      if (!box || text === '') return;
      setText(box, text);
      const at = element.getBoundingClientRect();
      setProperty(box, '--tip-left', `${Math.round(at.left)}px`);
      setProperty(box, '--tip-top', `${Math.round(at.bottom + 4)}px`);
      if (!box.matches(':popover-open')) box.showPopover();
    };
    const options = { passive: true };
    document.addEventListener('pointerover', show, options);
    document.addEventListener('focusin', show, options);
    document.addEventListener('focusout', show, options);
    return () => {
      asked.abort();
      document.removeEventListener('pointerover', show);
      document.removeEventListener('focusin', show);
      document.removeEventListener('focusout', show);
    };
  }, [archive]);
  return <div class="reason-tip" ref={tip} popover="manual" role="tooltip" />;
}
