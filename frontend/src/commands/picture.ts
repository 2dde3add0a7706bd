// A chart as a picture for a ticket: what is on screen, drawn anew and sharp, and around it
// what the page says elsewhere (which host, which time, which curve).

import { chartImage, type ImageOptions, stripImage } from '../charts/chart-image';
import { type Colors, readColors } from '../charts/colors';
import { formatClock, formatDate, formatMoment, formatOffset } from '../lib/format';
import type { AppState } from '../state/app-state';
import type { Panel } from '../wire/types';

/** Pixels of a picture per CSS pixel: sharp on any screen that it is looked at. */
const RATIO = 2;
const PADDING = 16;
const HEAD = 46;
const LEGEND_LINE = 20;
const SWATCH = 9;

/** One curve as the legend shows it. */
interface Entry {
  readonly color: string;
  readonly title: string;
  readonly value: string;
}

/** pictureOf draws a chart that is on screen; undefined where there is none, or nothing in it yet. */
export async function pictureOf(app: AppState, panel: Panel): Promise<Blob | undefined> {
  const figure = document.querySelector<HTMLElement>(`.full-panel [data-panel="${CSS.escape(panel.id)}"]`) ?? document.querySelector<HTMLElement>(`[data-panel="${CSS.escape(panel.id)}"]`);
  const body = figure?.querySelector('.chart-body');
  if (!figure || !body) return undefined;
  const box = body.getBoundingClientRect();
  const colors = readColors(figure);
  const picture = document.createElement('canvas');
  const ctx = picture.getContext('2d');
  if (!ctx) return undefined;
  const width = Math.ceil(box.width) + 2 * PADDING;
  const lines = legendLines(ctx, legendOf(figure), box.width, colors);
  const height = HEAD + Math.ceil(box.height) + 8 + lines.length * LEGEND_LINE + PADDING;
  const options = { app, panel, ratio: RATIO, colors };
  const images = [imageOver(figure.querySelector('.plot'), chartImage, options), imageOver(figure.querySelector('.heat'), stripImage, options)].flatMap((image) => image ?? []);
  if (images.length === 0) return undefined;
  picture.width = width * RATIO;
  picture.height = height * RATIO;
  ctx.scale(RATIO, RATIO);
  ctx.fillStyle = colors.panel;
  ctx.fillRect(0, 0, width, height);
  paintHead(ctx, app, panel, width, colors);
  // Pixel by pixel: an image between two pixels would be blurred.
  for (const { canvas, at } of images) {
    const [x, y] = [Math.round(PADDING + at.left - box.left), Math.round(HEAD + at.top - box.top)];
    ctx.drawImage(canvas, x, y, canvas.width / RATIO, canvas.height / RATIO);
  }
  lines.forEach((line, i) => paintLegend(ctx, line, HEAD + Math.ceil(box.height) + 8 + i * LEGEND_LINE, colors));
  return new Promise((done) => picture.toBlob((blob) => done(blob ?? undefined), 'image/png'));
}

/** imageOver draws what stands in an element of a figure, as large as it is. */
function imageOver(el: Element | null, draw: (options: ImageOptions) => HTMLCanvasElement | undefined, options: Omit<ImageOptions, 'width' | 'height'>): { canvas: HTMLCanvasElement; at: DOMRect } | undefined {
  const at = el?.getBoundingClientRect();
  const canvas = at && draw({ ...options, width: Math.round(at.width), height: Math.round(at.height) });
  return canvas && { canvas, at };
}

/** legendOf reads the curves that are shown off the page. */
function legendOf(figure: HTMLElement): readonly Entry[] {
  return Array.from(figure.querySelectorAll('.legend-item:not([aria-pressed="false"])'), (item) => {
    const swatch = item.querySelector('.legend-swatch');
    return {
      color: swatch ? getComputedStyle(swatch).getPropertyValue('--swatch') : '',
      title: item.querySelector('.legend-title')?.textContent ?? '',
      value: item.querySelector('.legend-value')?.textContent ?? '',
    };
  });
}

const plainFont = (size: number, { font }: Colors): string => `${size}px ${font}`;
const boldFont = (size: number, { font }: Colors): string => `600 ${size}px ${font}`;

/** legendLines breaks the legend where it would leave the picture; each entry comes with its place. */
function legendLines(ctx: CanvasRenderingContext2D, entries: readonly Entry[], width: number, colors: Colors): readonly (readonly (Entry & { readonly x: number })[])[] {
  ctx.font = boldFont(12, colors);
  const lines: (Entry & { x: number })[][] = [];
  let x = Infinity;
  for (const entry of entries) {
    const room = SWATCH + 6 + ctx.measureText(`${entry.title} ${entry.value}`).width + 18;
    if (x + room > width) {
      lines.push([]);
      x = 0;
    }
    lines.at(-1)?.push({ ...entry, x });
    x += room;
  }
  return lines;
}

function paintHead(ctx: CanvasRenderingContext2D, app: AppState, panel: Panel, width: number, colors: Colors): void {
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  ctx.fillStyle = colors.text;
  ctx.font = boldFont(13, colors);
  ctx.fillText(panel.title, PADDING, 16);
  if (panel.subtitle !== undefined && panel.subtitle !== '') {
    const title = ctx.measureText(panel.title).width;
    ctx.font = plainFont(12, colors);
    ctx.fillStyle = colors.dim;
    ctx.fillText(panel.subtitle, PADDING + title + 8, 16);
  }
  ctx.font = plainFont(12, colors);
  ctx.fillStyle = colors.dim;
  ctx.fillText(rangeText(app), PADDING, 34);
  ctx.textAlign = 'right';
  ctx.fillText(app.feed.store.host?.hostname ?? '', width - PADDING, 16);
}

/** rangeText is the time that is shown, and the second that the legend speaks of. */
function rangeText(app: AppState): string {
  const { from, to } = app.shown.range();
  const zone = app.clock.zone();
  const cursor = app.view.cursor.peek();
  const values = cursor ? ` · values at ${formatMoment(cursor.t, to, zone)}` : ' · newest values';
  return `${formatDate(from, zone)} ${formatClock(from, zone)} – ${formatMoment(to, from, zone)} ${formatOffset(zone, to)}${values}`;
}

function paintLegend(ctx: CanvasRenderingContext2D, line: readonly (Entry & { readonly x: number })[], y: number, colors: Colors): void {
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  for (const { x, color, title, value } of line) {
    ctx.fillStyle = color;
    ctx.fillRect(PADDING + x, y + LEGEND_LINE / 2 - SWATCH / 2, SWATCH, SWATCH);
    ctx.font = plainFont(12, colors);
    ctx.fillStyle = colors.dim;
    ctx.fillText(title, PADDING + x + SWATCH + 6, y + LEGEND_LINE / 2);
    const after = ctx.measureText(`${title} `).width;
    ctx.font = boldFont(12, colors);
    ctx.fillStyle = colors.text;
    ctx.fillText(value, PADDING + x + SWATCH + 6 + after, y + LEGEND_LINE / 2);
  }
}
