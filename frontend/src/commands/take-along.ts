// What a person takes along: a link, a file, a summary for a ticket.

import { formatFragment } from '../state/url';
import type { AppState } from '../state/app-state';
import { formatClock, formatDate, formatOffset, formatText } from '../lib/format';
import type { Process } from '../processes/rows';
import { suggest } from '../processes/auto';
import { fetchTable, toJson } from '../ui/chart-table';
import { momentOf, valueOptions } from '../ui/moment';
import { saveFile } from '../ui/save-file';
import { csvOf } from '../ui/series-csv';
import { readSigns, readState } from '../signs/reading';
import { isBadState, wordOf } from '../signs/worst';
import type { TimeRange } from '../state/view';
import type { Panel } from '../wire/types';
import { pictureOf } from './picture';

/** linkTo is the address of the view, or of a range of it. */
export function linkTo(app: AppState, page: Location, range?: TimeRange): string {
  const link = app.view.url.peek();
  return page.origin + page.pathname + page.search + formatFragment(range ? { ...link, range } : link);
}

/** copyText puts a text on the clipboard; false where the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    // Absent where the page is not served from this machine or by https.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  const before = document.activeElement;
  area.select();
  // The only way without a secure context; browsers keep it for that reason.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const copied = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}

/** exportCharts saves the values of charts as a file and returns its name. */
export async function exportCharts(app: AppState, panels: readonly Panel[], range: TimeRange, format: 'csv' | 'json'): Promise<string> {
  const text = format === 'csv' ? await csvOf(app, panels, range) : toJson(await fetchTable(app, panels, range), hostName(app));
  const name = fileName(app, '', range.to, format);
  saveFile(name, new Blob([text], { type: format === 'csv' ? 'text/csv' : 'application/json' }));
  return name;
}

/** exportProcesses saves the processes that were on top in a range as CSV and returns the file's name. */
export async function exportProcesses(app: AppState, range: TimeRange): Promise<string> {
  const text = await app.feed.archive.tableCsv('processes', range.from, range.to);
  const name = fileName(app, 'processes-', range.to, 'csv');
  saveFile(name, text);
  return name;
}

/** savePicture saves a chart as it is on screen, and returns the file's name; undefined where there is nothing to see of it. */
export async function savePicture(app: AppState, panel: Panel): Promise<string | undefined> {
  const picture = await pictureOf(app, panel);
  if (!picture) return undefined;
  const name = fileName(app, `${panel.id}-`, app.shown.range().to, 'png');
  saveFile(name, picture);
  return name;
}

const hostName = (app: AppState): string => app.feed.store.host?.hostname ?? 'host';

/** fileName says which host, what of it, and until when. */
function fileName(app: AppState, what: string, to: number, extension: string): string {
  const name = `dashcam-${hostName(app)}-${what}${new Date(to).toISOString().slice(0, 19).replaceAll(':', '')}Z`;
  return `${name.replaceAll(/[^\w.-]/g, '_')}.${extension}`;
}

/** summary says in Markdown how the host is doing at the shown second, and who is on top. */
export function summary(app: AppState, processes: readonly Process[], link: string): string {
  const { store } = app.feed;
  const moment = momentOf(app);
  const zone = app.clock.zone();
  const lines = store.resources().map((resource) => {
    const state = readState(moment.values, resource, moment.index);
    const word = isBadState(state) ? `**${wordOf(resource, state)}**` : state.level === 'ok' ? 'ok' : 'not known';
    const numbers = (['use', 'sat', 'err'] as const).flatMap((row) => {
      const { series, value, sign } = readSigns(moment.values, resource[row], moment.index);
      return series && value !== null ? [`${row} ${formatText(value, series.unit ?? '', valueOptions(app))}${sign?.text === undefined ? '' : ` ${sign.text}`}`] : [];
    });
    return `| ${resource.title} | ${word} | ${numbers.join(', ')} |`;
  });
  const { column } = suggest(moment.values, store.resources(), moment.index);
  const by = column === 'memory' || column === 'io' ? column : 'cpu';
  const top = [...processes].sort((a, b) => (b[by] ?? -1) - (a[by] ?? -1)).slice(0, 5);
  return [
    `**${hostName(app)}** at ${formatDate(moment.ms, zone)} ${formatClock(moment.ms, zone)} ${formatOffset(zone, moment.ms)}`,
    '',
    '| resource | state | numbers |',
    '|---|---|---|',
    ...lines,
    '',
    '| process | pid | CPU | memory | I/O |',
    '|---|---|---|---|---|',
    ...top.map((each) => `| ${each.name.replaceAll('|', '\\|')} | ${each.pid ?? '—'} | ${formatText(each.cpu, 'percent')} | ${formatText(each.memory, 'bytes')} | ${formatText(each.io, 'bytes/s')} |`),
    '',
    link,
    '',
  ].join('\n');
}
