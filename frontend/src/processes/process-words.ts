import { formatClock, formatDuration, formatMoment, formatText } from '../lib/format';
import type { AppState } from '../state/app-state';
import { grouped } from '../ui/connection-words';
import { newestMs, type Moment } from '../ui/moment';
import { columnTitle } from './auto';
import type { Others } from './memory';
import type { Past } from './past';
import { type Totals, unseenCpu } from './rows';
import type { TableView } from './view-model';

/** titleText is the head of the table: which second it speaks of. */
export function titleText(app: AppState, past: Past): string {
  if (past.type === 'live') return 'Processes';
  const newest = newestMs(app.feed.store);
  // A link into the past is there before its rows are.
  return `Processes at ${formatMoment(past.ms, Number.isFinite(newest) ? newest : app.clock.hostNow(), app.clock.zone())}`;
}

/** noteText says how many there are, how old that is, and what they are ordered by. */
export function noteText(app: AppState, view: TableView, past: Past, moment: Moment, by: string): string {
  // Before the first table nothing is known, also not that nothing is wrong.
  if (past.type === 'live' && view.totals.count === 0) return '…';
  const { atMs } = view.suggestion;
  // What is wrong stands in the verdict; who ended when memory ran out only the table can tell.
  const ended = by === 'auto' && !moment.stale && view.ended && atMs !== null ? `, ${view.ended.name} (${formatText(view.ended.memory, 'bytes')}) ended at ${formatClock(atMs, app.clock.zone())}` : '';
  const sorted = `by ${columnTitle(view.sorting.column)}${ended}`;
  const filtered = view.matching === view.totals.count ? '' : `${grouped(view.matching)} of `;
  switch (past.type) {
    case 'live':
      return [`${filtered}${grouped(view.totals.count)}`, moment.stale ? asOf(app) : 'live', sorted, unseenText(view)].filter((part) => part !== '').join(' · ');
    case 'loading':
      return `${formatDuration(newestMs(app.feed.store) - past.ms)} ago · …`;
    case 'at':
      return [peakText(app), `${formatDuration(newestMs(app.feed.store) - past.ms)} ago`, sorted, rememberedText(view, past.others), unseenText(view)].filter((part) => part !== '').join(' · ');
    case 'none':
      return past.why;
  }
}

/** peakText says of which stretch of a long window the cursor's second is the peak. */
function peakText(app: AppState): string {
  const bucket = app.view.cursor.peek()?.bucket;
  const zone = app.clock.zone();
  return bucket ? `peak second of ${formatClock(bucket.from, zone)}–${formatClock(bucket.to, zone)}` : '';
}

/** unseenText says how much of the CPU time no process accounts for, while that is the question. */
function unseenText({ totals, sorting }: TableView): string {
  const share = sorting.column === 'cpu' ? unseenCpu(totals) : 0;
  return share === 0 ? '' : `${formatText(100 * share, 'percent')} of CPU in no process: short-lived ones or interrupts`;
}

/** rememberedText says how much of the column is not in the rows: "20 remembered, 241 others 9 %". */
function rememberedText({ totals, sorting, matching }: TableView, others: Others): string {
  const shown = matching === totals.count ? '' : `${grouped(matching)} of `;
  if (others.count === 0) return `${shown}${grouped(totals.count)}, nothing left out`;
  const share = sorting.column === 'cpu' || sorting.column === 'io' ? shareText(others[sorting.column], totals[sorting.column]) : '';
  return `${shown}${grouped(totals.count)} remembered, ${grouped(others.count)} others${share}`;
}

function shareText(part: number | null, whole: number): string {
  return part === null || whole <= 0 ? '' : ` ${formatText((100 * part) / whole, 'percent')}`;
}

/** withoutIoText stands in the head of the column: how many do not disclose their I/O. Threads of the kernel have none. */
export function withoutIoText({ withoutIo, own }: Pick<Totals, 'withoutIo' | 'own'>): string {
  return withoutIo > 0 ? `n/a for ${grouped(withoutIo)} of ${grouped(own)}` : '';
}

function asOf(app: AppState): string {
  return `as of ${formatClock(newestMs(app.feed.store), app.clock.zone())}`;
}

/** emptyText says why there is no row. */
export function emptyText(view: TableView, past: Past): string {
  if (past.type === 'none') return past.why;
  return view.totals.count === 0 ? '…' : 'no process matches the filter';
}
