import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { BucketSeries, Buckets } from '../data/archive';
import type { Store } from '../data/store';
import { formatClock, formatDuration, formatMoment, formatText } from '../lib/format';
import { panelOf } from '../panels/sections';
import type { AppState } from '../state/app-state';
import type { TimeRange } from '../state/view';
import { useApp, watch } from '../ui/context';
import type { ChangesAnswer, Difference } from '../wire/types';
import { stripOf } from './change-strip';
import { directionOf, labelText } from './changes';
import { chartOf, followTo, openCulprit } from './follow';

/** How many points a strip has at most. */
const POINTS = 120;
const BOX = { width: 96, height: 22 };

type Answer = { readonly state: 'loading' | 'failed' } | { readonly state: 'known'; readonly changes: ChangesAnswer; readonly strips: Buckets | undefined };

const arrows = { new: 'new', gone: 'gone', up: '↑', down: '↓', event: '' } as const;
const spoken = { new: 'new', gone: 'gone', up: 'more than before', down: 'less than before', event: 'event' } as const;

/** ChangeList is what changed with a stretch of time, the most telling first; an entry leads to where it began. */
export function ChangeList({ stretch }: { stretch: TimeRange }): JSX.Element {
  const app = useApp();
  watch(app.view.zone, app.view.units);
  const answer = useSignal<Answer>({ state: 'loading' });
  const { from, to } = stretch;
  useEffect(() => {
    const abort = new AbortController();
    answer.value = { state: 'loading' };
    void ask(app, { from, to }, abort.signal).then((came) => {
      if (!abort.signal.aborted) answer.value = came;
    });
    return () => abort.abort();
  }, [app, answer, from, to]);
  const zone = app.clock.zone();
  const now = answer.value;
  const base = now.state === 'known' ? now.changes.base : undefined;
  return (
    <>
      <p class="incident-head">
        {formatMoment(from, to, zone)} – {formatClock(to, zone)}
        <span class="incident-kind">{base === undefined ? '' : `, compared with the ${formatDuration(from - base)} before`}</span>
      </p>
      {now.state !== 'known' ? (
        <p class="incident-empty">{now.state === 'loading' ? '…' : 'it could not be fetched'}</p>
      ) : now.changes.changes.length === 0 ? (
        <p class="incident-empty">nothing changed beyond what is usual</p>
      ) : (
        <ol class="incident-list">
          {now.changes.changes.map((change, i) => (
            <ChangeRow key={i} change={change} answer={now.changes} strips={now.strips} />
          ))}
        </ol>
      )}
      <p class="incident-foot">Ranked by how much it differs from before. What changed at the same time need not be the cause.</p>
    </>
  );
}

async function ask(app: AppState, stretch: TimeRange, signal: AbortSignal): Promise<Answer> {
  const { archive, store } = app.feed;
  try {
    const changes = await archive.changes(stretch, signal);
    const match = [...new Set(changes.changes.filter(({ kind }) => kind === 'series').map(({ name }) => familyOf(name)))];
    // Without their pictures the entries say the same.
    const strips = match.length === 0 ? undefined : await archive.buckets({ from: changes.base, to: changes.to, points: POINTS, match, only: 'mean', info: (id) => store.info(id), signal }).catch(() => undefined);
    return { state: 'known', changes, strips };
  } catch {
    return { state: 'failed' };
  }
}

const familyOf = (name: string): string => name.replace(/\{.*/, '');

/** bucketsOf are those of the series that a change is of. */
function bucketsOf(store: Pick<Store, 'byFamily'>, { name, labels = {} }: Difference, strips: Buckets): BucketSeries | undefined {
  const info = store.byFamily(familyOf(name)).find((each) => Object.entries(labels).every(([label, value]) => each.labels?.[label] === value));
  return info && strips.series.get(info.id);
}

function ChangeRow({ change, answer, strips }: { change: Difference; answer: ChangesAnswer; strips: Buckets | undefined }): JSX.Element {
  const app = useApp();
  const direction = directionOf(change);
  const isSeries = change.kind === 'series';
  const panel = isSeries ? chartOf([change.name], app.feed.store) : undefined;
  const open = (): void => {
    followTo(app, change.since, panel);
    if (change.kind === 'process' || change.kind === 'service') openCulprit(app, { kind: change.kind, name: change.name });
  };
  const found = strips && isSeries ? bucketsOf(app.feed.store, change, strips) : undefined;
  const strip = found && strips ? stripOf(found, strips.t, answer, BOX) : undefined;
  return (
    <li>
      <button type="button" class={`incident-open change-open ${isSeries ? '' : 'is-wordy'}`} data-reason={isSeries ? change.name : undefined} onClick={open}>
        <span class={`change-direction is-${direction}`} aria-label={spoken[direction]}>
          {arrows[direction]}
        </span>
        <span class="incident-text">
          {isSeries ? (
            <>
              <b>{panelOf(app.feed.store, panel ?? null)?.title ?? familyOf(change.name)}</b> {labelText(change)}
              <span class="change-values">
                {valueText(change.before, change.unit)} → {valueText(change.after, change.unit)}
              </span>
            </>
          ) : (
            change.text
          )}
          {change.more !== undefined && change.more > 0 && <span class="incident-kind"> and {change.more} more like it</span>}
        </span>
        {isSeries && (
          <svg class="change-strip" viewBox={`0 0 ${BOX.width} ${BOX.height}`} aria-hidden="true">
            {strip && (
              <>
                <path class="is-before" d={strip.before} />
                <path class="is-after" d={strip.after} />
                <path class="is-begin" d={`M${strip.x.toFixed(1)} 0V${BOX.height}`} />
              </>
            )}
          </svg>
        )}
        <time>{formatClock(change.since, app.clock.zone())}</time>
      </button>
    </li>
  );
}

const valueText = (value: number | null, unit: string | undefined): string => (value === null ? '—' : formatText(value, unit ?? ''));
