import { expect, test } from 'vitest';
import type { Panel, SeriesInfo } from '../wire/types';
import { firstPanels, hasSeries, sections } from './sections';

const info = (name: string, over: Partial<SeriesInfo> = {}): SeriesInfo => ({ id: 0, name, kind: 'gauge', quantum: 1, help: 'What it is.', ...over });
const panel = (id: string, section: string, families: readonly string[], over: Partial<Panel> = {}): Panel => ({ id, title: id, section, families, scale: 'free', ...over });

test('the first screen is in the order of the places', () => {
  const panels = [panel('b', 'x', [], { first: 2 }), panel('c', 'x', []), panel('a', 'x', [], { first: 1 })];
  expect(firstPanels(panels).map((p) => p.id)).toEqual(['a', 'b']);
});

test('sections stand in the order of the page, whatever the order of the panels', () => {
  const panels = [panel('sent', 'network', ['net.bytes']), panel('cores', 'cpu', ['cpu.core.busy'])];
  const all = sections(panels, [info('net.bytes'), info('cpu.core.busy')]);
  expect(all.map((s) => s.title)).toEqual(['CPU', 'Network']);
});

test('a panel without series on this host is left out', () => {
  expect(sections([panel('temperature', 'sensors', ['sensor.temperature'])], [])).toEqual([]);
  const where = panel('read', 'disk', ['disk.bytes'], { where: { dir: ['read'] } });
  expect(hasSeries(where, [info('disk.bytes', { labels: { dir: 'write' } })])).toBe(false);
  expect(hasSeries(where, [info('disk.bytes', { labels: { dir: 'read' } })])).toBe(true);
});

test('a family of a new collector gets a plain panel in a section of its own', () => {
  const [section] = sections([], [info('queue.length', { help: 'Jobs that wait.' })]);
  expect(section).toMatchObject({ id: 'queue', title: 'Queue', panels: [{ title: 'Queue length', subtitle: 'Jobs that wait', families: ['queue.length'] }] });
});

test('signs, states and times do not become charts', () => {
  const series = [info('use.cpu'), info('state.disk', { kind: 'state' }), info('net.link', { kind: 'state' }), info('x.at', { unit: 'timestamp' })];
  expect(sections([], series)).toEqual([]);
});
