import type { JSX } from 'preact';
import { formatMoment } from '../lib/format';
import { useApp } from '../ui/context';
import type { Learning as State } from '../wire/types';

/** Learning says that nothing is sent yet, what would have been, and ends that by one press. */
export function Learning({ learning: { untilMs, would }, onArm }: { learning: State; onArm: () => void }): JSX.Element {
  const { clock } = useApp();
  const at = (ms: number): string => formatMoment(ms, clock.hostNow(), clock.zone());
  return (
    <section class="alert-learning" aria-label="learning">
      <p>
        <b>Learning{untilMs > 0 && ` until ${at(untilMs)}`}.</b> Receivers are not told yet.
      </p>
      <button type="button" class="text-button" onClick={onArm}>
        Arm now
      </button>
      {would.length > 0 && (
        <details>
          <summary>{would.length === 1 ? 'One notice' : `${would.length} notices`} would have been sent</summary>
          <ul class="alert-deliveries">
            {would.map(({ atMs, kind, alerts }, i) => (
              <li key={`${atMs} ${i}`}>
                {at(atMs)} {kind}: {alerts.map(({ text }) => text).join('; ')}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
