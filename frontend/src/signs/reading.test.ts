import { describe, expect, test } from 'vitest';
import type { Resource, SeriesInfo } from '../wire/types';
import { limitName, readLimits } from './limits';
import { readSigns, readState, readWorst, stateWord, worse, type StateReading, type Values } from './reading';

interface Fake {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly info?: Record<string, string>;
  readonly warn?: number;
  readonly crit?: number;
  readonly states?: readonly string[];
  readonly values: readonly (number | null)[];
}

function values(fakes: readonly Fake[]): Values {
  const series = fakes.map((fake, id): SeriesInfo => ({ id, kind: 'gauge', quantum: 1, help: '.', ...fake }));
  return {
    find: (family, match) =>
      series.filter(
        (s) => s.name === family && Object.entries(match ?? {}).every(([name, wanted]) => wanted.includes(s.labels?.[name] ?? s.info?.[name] ?? '')),
      ),
    value: (id, index) => fakes[id]?.values[index] ?? null,
    time: (index) => 1_000_000 + index * 1000,
  };
}

const resource: Resource = {
  id: 'disk',
  title: 'Disk',
  section: 'disk',
  use: [{ family: 'use.disk' }],
  sat: [{ family: 'sat.disk', text: 'host' }, { family: 'sat.disk.queue', text: 'queued' }],
  err: [{ family: 'err.disk' }],
  state: 'state.disk',
  cause: 'cause.disk',
  since: 'since.disk',
  worst: { family: 'disk.busy', label: 'device', where: { class: ['physical'] } },
};

describe('readSigns', () => {
  test('shows the number nearest to its threshold', () => {
    const v = values([
      { name: 'sat.disk', warn: 10, crit: 20, values: [5] },
      { name: 'sat.disk.queue', warn: 1, crit: 4, values: [4.5] },
    ]);
    expect(readSigns(v, resource.sat, 0)).toMatchObject({ sign: { text: 'queued' }, value: 4.5, level: 'critical' });
  });
  test('prefers a number without threshold over one that is missing', () => {
    const v = values([
      { name: 'sat.disk', warn: 10, values: [null] },
      { name: 'sat.disk.queue', values: [0] },
    ]);
    expect(readSigns(v, resource.sat, 0)).toMatchObject({ sign: { text: 'queued' }, value: 0, level: 'ok' });
  });
  test('tells no source from no value', () => {
    expect(readSigns(values([]), resource.use, 0).series).toBeUndefined();
    const missing = readSigns(values([{ name: 'use.disk', values: [null] }]), resource.use, 0);
    expect(missing.series).toBeDefined();
    expect(missing.value).toBeNull();
  });
});

describe('readState', () => {
  const at = (level: number | null, cause: number, errors: readonly number[]): StateReading =>
    readState(
      values([
        { name: 'state.disk', values: errors.map(() => level) },
        { name: 'cause.disk', values: errors.map(() => cause) },
        { name: 'since.disk', values: errors.map(() => 700) },
        { name: 'err.disk', values: errors },
      ]),
      resource,
      errors.length - 1,
    );
  test('a missing state is unknown, not good', () => {
    expect(at(null, 0, [0]).level).toBe('unknown');
  });
  test('since is when the state was entered', () => {
    expect(at(2, 2, [0, 0])).toEqual({ level: 'critical', cause: 'saturation', sinceMs: 700_000, now: 'unknown' });
  });
  test('errors name the last one counted', () => {
    expect(at(1, 3, [0, 3, 3, 4, 4]).sinceMs).toBe(1_003_000);
  });
  // "busy" was said of retransmits, of one full core and of steal.
  test('a state is called what decided it, where the host has a word', () => {
    const read = (reason: number | null): StateReading =>
      readState(
        values([
          { name: 'state.disk', values: [1] },
          { name: 'cause.disk', values: [2] },
          { name: 'reason.disk', values: [reason], states: ['none', 'sat.disk', 'sat.disk.queue'] },
          { name: 'now.disk', values: [reason === null ? null : 0] },
        ]),
        { ...resource, reason: 'reason.disk', now: 'now.disk', words: [{ family: 'sat.disk.queue', text: 'long queue' }] },
        0,
      );
    expect([2, 1, null].map((reason) => stateWord(read(reason), false))).toEqual(['long queue', 'busy', 'busy']);
    expect([2, null].map((reason) => read(reason).now)).toEqual(['ok', 'unknown']);
  });
  test('the worse state wins, then the older one', () => {
    const [bad, worst] = [at(1, 1, [0]), at(2, 2, [0])];
    expect(worse(worst, bad)).toBe(true);
    expect(worse(bad, worst)).toBe(false);
    expect(worse({ ...bad, sinceMs: 1 }, bad)).toBe(true);
    expect([stateWord(bad, false), stateWord(worst, false)]).toEqual(['busy', 'saturated']);
    const past: StateReading = { level: 'critical', cause: 'errors', sinceMs: 1, now: 'ok' };
    expect(worse(bad, past), 'what is wrong now comes before an error of the past').toBe(true);
    expect(worse(past, { ...bad, level: 'ok' })).toBe(true);
    expect(worse({ ...past, now: 'critical' }, worst), 'an error that goes on').toBe(true);
  });
});

test('readWorst names the largest instance that matches', () => {
  const v = values([
    { name: 'disk.busy', labels: { device: 'sda' }, info: { class: 'physical' }, values: [10] },
    { name: 'disk.busy', labels: { device: 'sdb' }, info: { class: 'physical' }, values: [60] },
    { name: 'disk.busy', labels: { device: 'dm-0' }, info: { class: 'virtual' }, values: [99] },
  ]);
  expect(readWorst(v, resource, 0)).toEqual({ name: 'sdb', of: 2 });
});

describe('limits', () => {
  const limits = { used: 'limit.used', state: 'limit.state', fullIn: 'limit.full_in' };
  test('the worst come first, then the nearest', () => {
    const v = values([
      { name: 'limit.used', labels: { kind: 'filesystem', name: '/' }, values: [61] },
      { name: 'limit.used', labels: { kind: 'files', name: '' }, values: [2] },
      { name: 'limit.used', labels: { kind: 'filesystem', name: '/var' }, values: [55] },
      { name: 'limit.state', labels: { kind: 'filesystem', name: '/var' }, values: [1] },
      { name: 'limit.full_in', labels: { kind: 'filesystem', name: '/var' }, values: [3600] },
      { name: 'limit.used', labels: { kind: 'swap', name: 'swap' }, values: [null] },
    ]);
    expect(readLimits(v, limits, 0).map((l) => [l.name, l.level, l.fullInSeconds])).toEqual([
      ['/var', 'warn', 3600],
      ['/', 'ok', null],
      ['open files', 'ok', null],
    ]);
  });
  test('a temperature is called by its device, and by its sensor too where that has several', () => {
    const sensor = (name: string, device: string | undefined, used: number) => ({ name: 'limit.used', labels: { kind: 'temperature', name }, info: { unit: 'celsius', full: '84', ...(device !== undefined && { device }) }, values: [used] });
    const v = values([sensor('drivetemp temp1', 'sda', 60), sensor('nvme Composite', 'nvme0', 50), sensor('nvme Sensor 1', 'nvme0', 40), sensor('k10temp Tctl', undefined, 30)]);
    expect(readLimits(v, limits, 0).map(({ name }) => name)).toEqual(['sda', 'nvme0 Composite', 'nvme0 Sensor 1', 'k10temp Tctl']);
  });
  test.each([
    ['filesystem', '/var', '/var'],
    ['inodes', '/', 'inodes /'],
    ['files', '', 'open files'],
    ['swap', 'swap', 'swap'],
    ['licences', 'cad', 'licences cad'],
  ])('%s %s is called %s', (kind, name, want) => expect(limitName(kind, name)).toBe(want));
});
