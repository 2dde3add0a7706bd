import { isCritical } from '../signs/firing';
import type { Shape } from '../signs/worst';
import type { Alert } from '../wire/types';
import { shapePath } from './icons';

/** What the title and the favicon say. */
export type PageSign =
  | { readonly type: 'ok' }
  | { readonly type: 'stale' }
  | { readonly type: 'bad'; readonly shape: Shape; readonly resource: string; readonly word: string }
  | { readonly type: 'alert'; readonly shape: Shape; readonly text: string };

/** pageSign is what a tab says: the worst state, which is what is wrong now, unless an alert is worse. */
export function pageSign(worst: { readonly shape: Shape; readonly resource: string; readonly word: string } | undefined, alert: Alert | undefined): PageSign {
  if (alert && (!worst || (isCritical(alert) && worst.shape !== 'critical'))) return { type: 'alert', shape: isCritical(alert) ? 'critical' : 'warn', text: alert.text };
  return worst ? { type: 'bad', ...worst } : { type: 'ok' };
}

const glyphs: Readonly<Record<Shape, string>> = { critical: '▲', warn: '■', errors: '✕' };

/** pageTitle is the title of the tab: "▲ disk saturated · db-01". */
export function pageTitle(sign: PageSign, hostname: string): string {
  const host = hostname;
  switch (sign.type) {
    case 'ok':
      return host === '' ? 'dashcam' : `${host} · dashcam`;
    case 'stale':
      return `◌ stale · ${host}`;
    case 'bad':
      return `${glyphs[sign.shape]} ${sign.resource.toLowerCase()} ${sign.word} · ${host}`;
    case 'alert':
      return `${glyphs[sign.shape]} ${sign.text} · ${host}`;
  }
}

/** A favicon has no theme: these colours stand out on light and dark tabs. */
const colors: Readonly<Record<Shape, string>> = { critical: '#e5383b', warn: '#e0a100', errors: '#e0a100' };

/** favicon is an image that says the same, as a data URL. */
export function favicon(sign: PageSign): string {
  return `data:image/svg+xml,${encodeURIComponent(svg(sign))}`;
}

function svg(sign: PageSign): string {
  const open = (box: string): string => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}">`;
  switch (sign.type) {
    case 'ok':
      return `${open('0 0 18 18')}<g fill="none" stroke="#2fbf91" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><rect x="1" y="1" width="16" height="16" rx="4.2"/><path d="M3.6 10.2h2.6l1.7-4.6 2.4 7.4 1.6-4.4h2.5"/></g></svg>`;
    case 'stale':
      return `${open('0 0 18 18')}<circle cx="9" cy="9" r="7" fill="none" stroke="#8a96a0" stroke-width="2" stroke-dasharray="3 2.5"/></svg>`;
    case 'bad':
    case 'alert':
      return `${open('-0.5 -0.5 10 10')}<path fill="${colors[sign.shape]}" d="${shapePath(sign.shape)}"/></svg>`;
  }
}
