import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError, type IncidentFiles } from '../data/archive';
import { formatDuration, formatMoment } from '../lib/format';
import type { TimeRange } from '../state/view';
import { grouped } from '../ui/connection-words';
import { useApp } from '../ui/context';
import { saveFile } from '../ui/save-file';
import type { IncidentContents } from '../wire/decode';

/** The kinds of names that can be replaced, as the API calls them. */
const kinds = ['processes', 'users', 'hosts', 'addresses', 'services', 'marks'] as const;

/** As many names of a kind are listed; the file of a host may hold hundreds. */
const listed = 40;

/** What a file holds at most. */
const mostMs = 7_200_000;

/** IncidentForm shows what leaves the house with the file of a time, and makes it. */
export function IncidentForm({ files, say, close }: { files: IncidentFiles; say: (text: string) => void; close: () => void }): JSX.Element {
  const app = useApp();
  const range = useSignal<TimeRange | undefined>(undefined);
  const contents = useSignal<IncidentContents | undefined>(undefined);
  const trouble = useSignal('');
  const saving = useSignal(false);
  const masked = useSignal<ReadonlySet<string>>(new Set());
  const asked = useRef<AbortController | undefined>(undefined);

  const look = (): void => {
    asked.current?.abort();
    contents.value = undefined;
    trouble.value = '';
    const wanted = app.view.selection.peek() ?? app.shown.range();
    range.value = wanted;
    if (wanted.to - wanted.from > mostMs) {
      trouble.value = 'A file holds at most 2 hours: select a shorter time.';
      return;
    }
    const { signal } = (asked.current = new AbortController());
    files.contents(wanted, signal).then(
      (answer) => {
        if (!signal.aborted) contents.value = answer;
      },
      (error: unknown) => {
        if (!signal.aborted) trouble.value = reason(error);
      },
    );
  };
  const save = async (wanted: TimeRange): Promise<void> => {
    saving.value = true;
    try {
      const mask = kinds.filter((kind) => masked.value.has(kind));
      const host = mask.includes('hosts') ? 'host-1' : (app.feed.store.host?.hostname ?? 'host');
      const name = `incident-${host}-${new Date(wanted.from).toISOString().slice(0, 19).replaceAll(':', '')}Z.html`.replaceAll(/[^\w.-]/g, '_');
      saveFile(name, await files.file(wanted, mask));
      say(`saved ${name}`);
      close();
    } catch (error) {
      trouble.value = reason(error);
    } finally {
      saving.value = false;
    }
  };
  useEffect(() => {
    look();
    return () => asked.current?.abort();
  }, []);
  const toggle = (kind: string): void => {
    const next = new Set(masked.value);
    if (!next.delete(kind)) next.add(kind);
    masked.value = next;
  };

  const wanted = range.value;
  const known = contents.value;
  const zone = app.clock.zone();
  return (
    <div class="incident-body">
      {wanted && (
        <p>
          {formatMoment(wanted.from, wanted.to, zone)} – {formatMoment(wanted.to, wanted.to, zone)}, {formatDuration(wanted.to - wanted.from)}
          {known && `: ${grouped(known.rows)} rows of ${grouped(known.series)} series, ${grouped(known.observations)} observations of tables, ${grouped(known.events)} events`}
        </p>
      )}
      <p>These names leave the house with it. Those that are ticked are replaced, the same one by the same word.</p>
      <table class="incident-names">
        <tbody>
          {kinds.map((kind) => {
            const names = known?.names[kind] ?? [];
            return (
              <tr key={kind}>
                <th scope="row">
                  <label>
                    <input type="checkbox" checked={masked.value.has(kind)} onChange={() => toggle(kind)} />
                    {kind}
                  </label>
                </th>
                <td class={masked.value.has(kind) ? 'is-masked' : ''}>{known ? namesText(names) : '…'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div class="incident-actions">
        <p role="status">{trouble.value !== '' ? trouble.value : saving.value ? 'The file is being made…' : ''}</p>
        <button type="button" class="text-button" disabled={known === undefined || saving.value} onClick={() => wanted && void save(wanted)}>
          Save file
        </button>
      </div>
    </div>
  );
}

function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const rest = names.length - listed;
  return names.slice(0, listed).join(', ') + (rest > 0 ? ` and ${grouped(rest)} more` : '');
}

function reason(error: unknown): string {
  if (error instanceof ApiError && error.status === 404) return 'Nothing is remembered of this time.';
  if (error instanceof ApiError && error.status === 503) return 'The host has too much to do now: try again.';
  return 'The host did not answer.';
}
