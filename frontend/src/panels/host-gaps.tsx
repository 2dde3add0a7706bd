import type { JSX } from 'preact';
import { useApp, watch } from '../ui/context';
import { Chevron } from '../ui/icons';
import type { HealthMessage } from '../wire/types';

interface Gap {
  readonly collector: string;
  readonly source: string;
  readonly reason: string;
}

/** gapsOf lists what the collectors could not read, and why. */
export function gapsOf(health: ReadonlyMap<string, HealthMessage>): readonly Gap[] {
  const gaps: Gap[] = [];
  for (const { collector, title, state, reason, unavailable } of health.values()) {
    const name = title === '' ? collector : title;
    if (state !== 'ok' && reason !== undefined && reason !== '') gaps.push({ collector: name, source: words[state], reason });
    for (const each of unavailable ?? []) gaps.push({ collector: name, source: each.source, reason: each.reason });
  }
  return gaps;
}

const words: Readonly<Record<HealthMessage['state'], string>> = {
  ok: '',
  late: 'answers late',
  failing: 'fails',
  stuck: 'does not answer',
  off: 'off',
};

/** HostGaps says what this host cannot tell, so that nobody takes silence for health. */
export function HostGaps({ open }: { open: boolean }): JSX.Element {
  const { store, notices } = useApp().feed;
  watch(notices);
  const gaps = gapsOf(store.health);
  return (
    <details class="resource-section" id="section-gaps" open={open}>
      <summary class="section-head">
        <Chevron />
        <h2>What this host cannot tell us</h2>
        <span class="section-note">{gaps.length === 0 ? 'nothing is missing' : gaps.length}</span>
      </summary>
      {gaps.length > 0 && (
        <div class="host-gaps">
          <table>
            <thead>
              <tr>
                <th scope="col">part</th>
                <th scope="col">source</th>
                <th scope="col">why</th>
              </tr>
            </thead>
            <tbody>
              {gaps.map((gap) => (
                <tr key={`${gap.collector} ${gap.source}`}>
                  <th scope="row">{gap.collector}</th>
                  <td>
                    <code>{gap.source}</code>
                  </td>
                  <td>{gap.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
