import { expect, test } from 'vitest';
import { offeredWindows, WINDOWS } from './url';
import { createView, type View } from './view';

function fixture(): { view: View; pass: (ms: number) => void } {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const view = createView({
    settings: { get: () => null, set: () => undefined },
    now: () => now,
    later: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => (timers = timers.filter((each) => each !== timer));
    },
  });
  const pass = (ms: number): void => {
    now += ms;
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers = timers.filter((each) => each !== timer);
      timer.run();
    }
  };
  return { view, pass };
}

test('a pointer holds the view until it rests for ten seconds', () => {
  const { view, pass } = fixture();
  view.pointAt({ t: 500 }, 1000);
  pass(9000);
  view.pointAt({ t: 510 }, 1009);
  expect(view.held.value).toEqual({ edge: 1000, by: 'pointer' });
  expect([view.mode.value, view.following.value]).toEqual(['FOLLOW', false]);
  expect(view.pointerHoldsFor()).toBe(10_000);
  pass(9999);
  expect(view.pointerHoldsFor()).toBe(1);
  expect(view.cursor.value).toEqual({ t: 510, pinned: false });
  pass(1);
  expect([view.cursor.value, view.held.value, view.following.value]).toEqual([null, null, true]);
});

test('a pointer that leaves lets go after a moment, and not when it comes back', () => {
  const { view, pass } = fixture();
  view.pointAt({ t: 500 }, 1000);
  view.pointAway();
  pass(200);
  view.pointAt({ t: 505 }, 1000);
  pass(200);
  expect(view.cursor.value?.t).toBe(505);
  view.pointAway();
  pass(300);
  expect(view.cursor.value).toBeNull();
});

test('a pinned cursor stays under a moving and a leaving pointer', () => {
  const { view, pass } = fixture();
  view.pin({ t: 500 }, 1000);
  view.pointAt({ t: 700 }, 1001);
  view.pointAway();
  pass(60_000);
  expect(view.cursor.value).toEqual({ t: 500, pinned: true });
  expect(view.mode.value).toBe('HELD');
});

test('a pin that was made before its panel had anything becomes the second that it says', () => {
  const { view } = fixture();
  const bucket = { from: 400, to: 600 };
  view.pin({ t: 500, awaits: 'disk' }, 1000);
  view.settlePin('cpu', () => ({ t: 1 }));
  expect(view.cursor.value).toEqual({ t: 500, pinned: true, awaits: 'disk' });
  view.settlePin('disk', (t) => ({ t: t + 20, bucket }));
  expect(view.cursor.value).toEqual({ t: 520, pinned: true, bucket });
  // Another picture of the same panel changes nothing more.
  view.settlePin('disk', () => ({ t: 1 }));
  expect([view.cursor.value?.t, view.acts.value]).toEqual([520, 1]);
});

test('keys take the view along where the cursor would leave it', () => {
  const { view } = fixture();
  view.pinTo(1_000_000, 1_000_000);
  view.pinTo(600_000, 1_000_000);
  expect(view.held.value?.edge).toBe(900_000);
  view.pinTo(950_000, 1_000_000);
  expect(view.held.value?.edge).toBe(950_000);
});

test('Esc closes one thing at a time, the uppermost first', () => {
  const { view } = fixture();
  view.showRange(0, 100);
  view.pin({ t: 50 }, 100);
  view.showPanel('cpu');
  view.select({ from: 1, to: 2 });
  const left = (): unknown[] => [view.selection.value !== null, view.panel.value, view.cursor.value !== null, view.range.value !== null];
  const seen = [left()];
  while (view.closeOne()) seen.push(left());
  expect(seen).toEqual([
    [true, 'cpu', true, true],
    [false, 'cpu', true, true],
    [false, null, true, true],
    [false, null, false, true],
    [false, null, false, false],
  ]);
});

test('choosing a window ends a range; the link says the window', () => {
  const { view } = fixture();
  view.showRange(0, 100);
  expect(view.mode.value).toBe('RANGE');
  view.setWindow(900_000);
  expect(view.url.value).toEqual({ windowMs: 900_000 });
  view.stepWindow(1, WINDOWS);
  expect(view.windowMs.value).toBe(3_600_000);
});

test('a narrower window keeps the pinned second in view', () => {
  const { view } = fixture();
  view.pinTo(1_000_000, 1_000_000);
  view.pinTo(760_000, 1_000_000);
  view.setWindow(60_000);
  expect(view.held.value).toEqual({ edge: 790_000, by: 'pin' });
  view.setWindow(300_000);
  expect(view.held.value).toEqual({ edge: 790_000, by: 'pin' });
});

test('what is deliberate counts as an act, what moves only where it begins', () => {
  const { view } = fixture();
  const acts = (change: () => void): number => {
    const before = view.acts.value;
    change();
    return view.acts.value - before;
  };
  expect(acts(() => view.pinTo(1000, 1000))).toBe(1);
  expect(acts(() => view.pinTo(2000, 1000))).toBe(0);
  expect(acts(() => view.scrub({ t: 1500 }, 1000))).toBe(0);
  expect(acts(() => view.pin({ t: 1500 }, 1000))).toBe(1);
  expect(acts(() => view.slideRange(0, 1000))).toBe(1);
  expect(acts(() => view.slideRange(10, 1010))).toBe(0);
  expect(acts(() => view.pointAt({ t: 5 }, 1000))).toBe(0);
  expect(acts(() => view.setWindow(60_000))).toBe(1);
});

test('the window that nobody chose is a minute until it is full, and one that was chosen stays', () => {
  const { view } = fixture();
  view.fitWindow(5000);
  expect(view.windowMs.value).toBe(60_000);
  view.fitWindow(59_000);
  expect(view.windowMs.value).toBe(60_000);
  view.fitWindow(60_000);
  expect(view.windowMs.value).toBe(300_000);
  view.fitWindow(1000);
  expect(view.windowMs.value).toBe(300_000);

  const chosen = fixture().view;
  chosen.fitWindow(5000);
  chosen.setWindow(3_600_000);
  chosen.fitWindow(6000);
  expect(chosen.windowMs.value).toBe(3_600_000);
});

test('no step leads to a window that is not offered, and back from one that a link chose', () => {
  const { view } = fixture();
  const offered = offeredWindows(3_600_000);
  view.setWindow(86_400_000);
  view.stepWindow(1, offered);
  expect(view.windowMs.value).toBe(86_400_000);
  view.setWindow(30 * 86_400_000);
  view.stepWindow(-1, offered);
  expect(view.windowMs.value).toBe(86_400_000);
});
