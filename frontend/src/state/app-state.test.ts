import { expect, test } from 'vitest';
import { ApiError, type Archive } from '../data/archive';
import { frame, hello, history, schema, series, timeOf } from '../testing/messages';
import type { ServerMessage } from '../wire/types';
import { type AppState, createAppState } from './app-state';
import type { SocketEvents } from './connection';
import { createPageCost } from './page-cost';

const refused = (): Promise<never> => Promise.reject(new ApiError(404, 'not found'));

/** A page on rows 101..110 of a host that remembers all from 1; older rows come from the archive. before runs when nothing has come. */
function opened(before: (app: AppState) => void = () => undefined) {
  let socket: SocketEvents | undefined;
  const asked: number[] = [];
  const told: string[] = [];
  const archive: Archive = {
    buckets: refused,
    table: refused,
    tableCsv: refused,
    explain: refused,
    verdict: refused,
    events: refused,
    changes: refused,
    row: (query) => {
      const seq = 'seq' in query ? query.seq : NaN;
      asked.push(seq);
      return Promise.resolve(history(seq, seq, [[0, seq]]));
    },
  };
  const nothing = (): void => undefined;
  const app = createAppState({
    archive,
    cost: createPageCost(() => 0),
    frameLoop: { markDirty: (reason) => void told.push(reason), add: () => nothing, onResize: () => nothing, dispose: nothing },
    settings: { get: () => null, set: nothing },
    address: { location: { hash: '', pathname: '/', search: '' }, history: { pushState: nothing, replaceState: nothing }, addEventListener: nothing, removeEventListener: nothing },
    later: () => nothing,
    now: () => 0,
    connection: {
      build: '',
      random: () => 0,
      probe: () => Promise.resolve(200),
      inbox: { afterPaint: (run) => run(), nextTask: (run) => run() },
      openSocket: (_, events) => {
        socket = events;
        return { send: nothing, abandon: nothing };
      },
    },
  });
  app.start();
  before(app);
  socket?.open();
  const messages: readonly ServerMessage[] = [hello({ newest: 110, oldestT: timeOf(1) }), schema([series(0, 'cpu')]), history(101, 110, [[0, 1]])];
  for (const message of messages) socket?.message(JSON.stringify(message));
  const come = (message: ServerMessage): string[] => {
    told.length = 0;
    socket?.message(JSON.stringify(message));
    return told;
  };
  return { app, asked, come };
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

test('the peak of a bucket is pinned at the time of its row, also where that row came while it was pointed at', async () => {
  const { app, asked } = opened();
  const inBucket = { t: timeOf(20) + 293, seq: 20 };
  app.view.pointAt(inBucket, timeOf(110));
  await settled();
  expect(asked).toEqual([20]);
  expect(app.view.cursor.peek()).toMatchObject({ t: timeOf(20), pinned: false });
  // A press means the place under the pointer again; its row is known, so that nothing comes any more.
  app.view.pin(inBucket, timeOf(110));
  await settled();
  expect(asked).toEqual([20]);
  expect(app.view.cursor.peek()).toMatchObject({ t: timeOf(20), pinned: true });
  expect(app.shown.row()).toMatchObject({ state: 'past', seq: 20 });
  app.dispose();
});

test('rows are told apart by whether a person can see them', async () => {
  const { app, come } = opened();
  expect(come(frame(111))).toEqual(['rows']);
  app.view.pin({ t: timeOf(105) }, timeOf(111));
  // A line goes on to the first row beyond what is held.
  expect(come(frame(112))).toEqual(['rows']);
  // What is not seen is told in steps of five seconds behind the one that is held.
  expect([113, 114, 115, 116].map((seq) => [...come(frame(seq))])).toEqual([[], [], ['later'], []]);
  app.view.follow();
  expect(come(frame(117))).toEqual(['rows']);
  await settled();
  app.dispose();
});

test('a table that is not seen makes no frame, but for the first of each, and is counted', async () => {
  const { app, come } = opened();
  const processes = (seq: number): ServerMessage => ({ type: 'table', table: 'processes', seq, t: timeOf(seq), base: 0, cols: ['name'], rows: [] });
  come(schema([series(0, 'cpu')], { rev: 2, tables: [{ name: 'processes', title: 'Processes', help: '', columns: [{ name: 'name', title: 'Name', kind: 'text' }], rank: [], top: 1 }] }));
  app.view.pin({ t: timeOf(105) }, timeOf(110));
  for (let seq = 111; seq <= 113; seq++) come(frame(seq, [], { rev: 2 }));
  expect(come(processes(113))).toEqual(['state']);
  expect(come(processes(114))).toEqual([]);
  expect([app.feed.tables.peek(), app.feed.store.table('processes')?.seq]).toEqual([2, 114]);
  app.view.follow();
  expect(come(processes(115))).toContain('table');
  await settled();
  app.dispose();
});

test('a row that is filled in is seen by whoever looks at the past', () => {
  const { app, come } = opened();
  app.view.pin({ t: timeOf(105) }, timeOf(110));
  expect(come(history(90, 100, [[0, 1]]))).toContain('rows');
  app.dispose();
});

test('who wants to hold before there is a row holds at the first ones, unless that was taken back', () => {
  const mode = (before: (app: AppState) => void) => {
    const { app } = opened(before);
    const found = [app.view.mode.peek(), app.view.cursor.peek()?.t];
    app.dispose();
    return found;
  };
  expect(mode(({ moves }) => moves.toggleHold())).toEqual(['HELD', timeOf(110)]);
  expect(
    mode(({ moves }) => {
      moves.toggleHold();
      moves.toggleHold();
    }),
  ).toEqual(['FOLLOW', undefined]);
  expect(
    mode(({ moves, view }) => {
      moves.toggleHold();
      view.follow();
    }),
  ).toEqual(['FOLLOW', undefined]);
});
