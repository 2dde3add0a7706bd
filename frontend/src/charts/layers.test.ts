import { describe, expect, test } from 'vitest';
import { createStore } from '../data/row-store';
import { hello, history, panel, schema, series } from '../testing/messages';
import { legendAt, resolveCurves } from './layers';
import { Ranking } from './ranking';

describe('curves', () => {
  test('more than seven are the six largest and, where they add up, the rest', () => {
    const many = Array.from({ length: 10 }, (_, i) => series(i, 'disk', { device: `d${i}` }));
    const held = createStore();
    held.apply(hello());
    held.apply(schema(many));
    const ranking = new Ranking();
    ranking.update(0, (id) => id);
    const titles = (sum: boolean): string[] => resolveCurves(panel('disk', { sum }), held, ranking).map((curve) => curve.title);
    expect(titles(true)).toEqual(['d4', 'd5', 'd6', 'd7', 'd8', 'd9', 'other']);
    expect(titles(false)).toEqual(['d4', 'd5', 'd6', 'd7', 'd8', 'd9']);
  });

  test('those shown stay unless another is clearly larger, with their colour', () => {
    const ids = [1, 2, 3];
    const ranking = new Ranking();
    ranking.update(0, (id) => [0, 10, 9, 8][id] ?? 0);
    expect(Array.from(ranking.top(ids, 2))).toEqual([1, 2]);
    const color = ranking.color(1, ['c1', 'c2']);
    ranking.update(31_000, (id) => [0, 10, 9, 10][id] ?? 0);
    expect(Array.from(ranking.top(ids, 2)).sort()).toEqual([1, 2]);
    ranking.update(62_000, (id) => [0, 10, 9, 20][id] ?? 0);
    expect(Array.from(ranking.top(ids, 2)).sort()).toEqual([1, 3]);
    expect(ranking.color(1, ['c1', 'c2'])).toBe(color);
  });

  test('the legend reads the row that is asked for', () => {
    const held = createStore();
    held.apply(hello({ newest: 2 }));
    held.apply(schema(['user', 'system', 'steal'].map((mode, id) => series(id, 'cpu', { mode }, { quantum: 1 }))));
    held.apply(history(1, 2, [[0, [10, 20]], [1, [1, null]]]));
    const layers = ['user', 'system', 'steal'].map((mode, i) => ({ title: mode, family: 'cpu', match: { mode: [mode] }, color: `c${i + 1}` }));
    expect(legendAt(held, resolveCurves(panel('cpu', { stack: true, layers }), held, new Ranking()), 1, new Set(['cpu:user'])).map(({ value, hidden }) => [value, hidden])).toEqual([
      [20, true],
      [null, false],
      [null, false],
    ]);
  });
});

