import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { ChartPanel } from '../ui/chart-panel';
import { useApp } from '../ui/context';
import { Chevron, shapePath } from '../ui/icons';
import { setAttribute, setClass, setText, useDraw, useParts } from '../ui/live';
import { momentOf } from '../ui/moment';
import { readState } from '../signs/reading';
import { isBadState, stateShape, wordOf } from '../signs/worst';
import type { Resource } from '../wire/types';
import { type Section, sectionId } from './sections';

/** ResourceSection is everything about one resource; a bad one says so in its head. */
export function ResourceSection(props: { section: Section; resource: Resource | undefined; open: boolean; children?: ComponentChildren }): JSX.Element {
  const { section, resource, open } = props;
  const app = useApp();
  const head = useRef<HTMLElement>(null);
  const parts = useParts<'pin' | 'shape' | 'word'>();

  useDraw(head, () => {
    if (!resource) return;
    const moment = momentOf(app);
    const state = readState(moment.values, resource, moment.index);
    const bad = !moment.stale && isBadState(state);
    const pin = parts.get('pin');
    setAttribute(pin, 'hidden', bad ? undefined : '');
    if (!bad) return;
    setClass(pin, 'is-warn-text', state.level === 'warn');
    setClass(pin, 'is-critical-text', state.level === 'critical');
    setAttribute(parts.get('shape'), 'd', shapePath(stateShape(state)));
    setText(parts.get('word'), wordOf(resource, state));
  });

  return (
    <details class="resource-section" id={sectionId(section.id)} open={open}>
      <summary class="section-head" ref={head}>
        <Chevron />
        <h2>{section.title}</h2>
        <span class="section-pin" ref={parts.ref('pin')} hidden>
          <svg viewBox="0 0 9 9" fill="currentColor" aria-hidden="true">
            <path ref={parts.ref('shape')} />
          </svg>
          <span ref={parts.ref('word')} />
        </span>
      </summary>
      <div class="chart-grid">
        {section.panels.map((panel) => (
          <ChartPanel key={panel.id} panel={panel} heading="h3" />
        ))}
      </div>
      {props.children}
    </details>
  );
}
