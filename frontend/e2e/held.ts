// What the page holds, by its own export, against what the server remembers.

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { decodeMessage } from '../src/wire/decode';
import type { Layer, SchemaMessage } from '../src/wire/types';
import type { Dashcam } from './server';

/** What "export what is visible" writes. */
export interface Exported {
  readonly stepMs: number;
  /** The rows of the window; null for one that the page does not hold. */
  readonly t: readonly (number | null)[];
  readonly series: readonly { readonly panel: string; readonly title: string; readonly unit: string; readonly values: readonly (number | null)[] }[];
}

/** exported saves what the charts show, as a person does. */
export async function exported(page: Page): Promise<Exported> {
  await page.keyboard.press('/');
  await page.keyboard.type('visible as JSON');
  const saved = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  return JSON.parse(await readFile(await (await saved).path(), 'utf8')) as Exported;
}

/** Comparison is what was compared, and every cell that differs. */
export interface Comparison {
  readonly rows: number;
  readonly cells: number;
  readonly differences: readonly string[];
}

/** compareWithServer asks the server for every row that it has in the window, and computes the curves from its numbers. */
export async function compareWithServer(dashcam: Dashcam, found: Exported): Promise<Comparison> {
  const ask = async (path: string): Promise<unknown> => (await fetch(`${dashcam.url}api/v1/${path}`)).json();
  const schema = decodeMessage(await ask('series')) as SchemaMessage;
  const series = schema.series ?? [];
  const layerOf = ({ panel, title }: { readonly panel: string; readonly title: string }): Layer => {
    const layer = schema.panels?.find((each) => each.title === panel)?.layers?.find((each) => each.title === title);
    if (!layer) throw new Error(`no layer ${panel} ${title}`);
    return layer;
  };
  const matching = ({ family, match }: Layer): typeof series =>
    series.filter((info) => info.name === family && Object.entries(match ?? {}).every(([name, wanted]) => wanted.includes(info.labels?.[name] ?? info.info?.[name] ?? '')));
  const curves = found.series.map((each) => ({ ...each, layer: layerOf(each), ids: matching(layerOf(each)) }));

  const times = found.t.filter((t) => t !== null);
  const [from, to] = [times[0] ?? NaN, times.at(-1) ?? NaN];
  const differences: string[] = [];
  let [rows, cells] = [0, 0];
  const rowAt = async (query: string) => {
    const row = decodeMessage(await ask(`row?${query}`));
    if (row?.type !== 'history') throw new Error(`no row at ${query}`);
    return row;
  };
  // By their numbers, so that a row which the page does not have cannot be passed over.
  for (let seq = (await rowAt(`at=${from}`)).seq[0] ?? NaN; ; seq++) {
    const row = await rowAt(`seq=${seq}`);
    const t = row.t[0] ?? NaN;
    if (t > to) break;
    rows++;
    const at = found.t.indexOf(t);
    if (at < 0) {
      differences.push(`row ${seq} at ${new Date(t).toISOString()} is not held`);
      continue;
    }
    const quanta = new Map(row.columns.map(([id, value]) => [id, typeof value === 'number' ? value : (value[0] ?? null)]));
    for (const { panel, title, values, layer, ids } of curves) {
      const known = ids.flatMap((info) => {
        const q = quanta.get(info.id) ?? null;
        return q === null ? [] : [q * info.quantum];
      });
      const [first, ...others] = known;
      const want = first === undefined ? null : others.reduce((sum, value) => (layer.reduce === 'max' ? Math.max(sum, value) : sum + value), first);
      cells++;
      if (values[at] !== want) differences.push(`${panel}, ${title}, row ${seq}: the page has ${values[at]}, the server ${want}`);
    }
    if (t === to) break;
  }
  return { rows, cells, differences };
}
