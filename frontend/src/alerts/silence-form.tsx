import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { useApp } from '../ui/context';
import { Segmented } from '../ui/segmented';
import type { Alert } from '../wire/types';
import type { SilenceEnd } from './acts-api';

const lengths = [
  { value: '1', text: '1 h' },
  { value: '8', text: '8 h' },
  { value: 'well', text: 'until well' },
] as const;
const hourMs = 3_600_000;

/** SilenceForm asks for how long an alert is not told, and why. */
export function SilenceForm({ alert, onSilence }: { alert: Alert; onSilence: (end: SilenceEnd, reason: string) => void }): JSX.Element {
  const { clock } = useApp();
  const [length, setLength] = useState<(typeof lengths)[number]['value']>('1');
  const reason = useRef<HTMLInputElement>(null);
  return (
    <form
      class="silence-form"
      aria-label={`silence: ${alert.text}`}
      onSubmit={(event) => {
        event.preventDefault();
        const end: SilenceEnd = length === 'well' ? { untilWell: true } : { endMs: Math.round(clock.hostNow() + Number(length) * hourMs) };
        onSilence(end, reason.current?.value.trim() ?? '');
      }}
    >
      <Segmented name={`silence-${alert.id}`} label="for how long" choices={lengths} value={length} onChange={setLength} />
      <input class="silence-reason" ref={reason} type="text" maxLength={200} placeholder="reason" aria-label="reason" required />
      <button type="submit" class="text-button">
        Silence
      </button>
    </form>
  );
}
