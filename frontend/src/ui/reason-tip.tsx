import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { setProperty, setText } from './live';

/**
 * ReasonTip explains, on hover or focus, every element with data-reason: why a value
 * cannot be known, or what a name means. There is one for the whole page.
 */
export function ReasonTip(): JSX.Element {
  const tip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const show = (event: Event): void => {
      const box = tip.current;
      const element = event.target instanceof Element ? event.target.closest('[data-reason]') : null;
      if (!box) return;
      const reason = element?.getAttribute('data-reason') ?? '';
      if (!element || reason === '') {
        if (box.matches(':popover-open')) box.hidePopover();
        return;
      }
      setText(box, reason);
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
      document.removeEventListener('pointerover', show);
      document.removeEventListener('focusin', show);
      document.removeEventListener('focusout', show);
    };
  }, []);
  return <div class="reason-tip" ref={tip} popover="manual" role="tooltip" />;
}
