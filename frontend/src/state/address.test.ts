import { expect, test } from 'vitest';
import { bindAddress } from './address';
import { createView } from './view';

function fixture() {
  const written: string[] = [];
  let listener: (() => void) | undefined;
  let timer: (() => void) | undefined;
  const later = (_: number, run: () => void): (() => void) => {
    timer = run;
    return () => (timer = undefined);
  };
  const view = createView({ settings: { get: () => null, set: () => undefined }, later: () => () => undefined, now: () => 0 });
  const location = { hash: '', pathname: '/', search: '' };
  const write = (how: string) => (_: unknown, __: string, address?: string | URL | null): void => {
    location.hash = String(address).slice(1);
    written.push(`${how} ${location.hash}`);
  };
  const end = bindAddress(
    view,
    {
      location,
      history: { pushState: write('push'), replaceState: write('replace') },
      addEventListener: (_, run) => (listener = run),
      removeEventListener: () => (listener = undefined),
    },
    later,
  );
  return {
    view,
    written,
    pass: () => timer?.(),
    go: (hash: string) => {
      location.hash = hash;
      listener?.();
    },
    end,
  };
}

test('an act is an entry of its own; what moves is written into the same one, once it rests', () => {
  const { view, written, pass } = fixture();
  view.setWindow(900_000);
  expect(written).toEqual(['push #w=15m']);
  view.pinTo(60_000, 60_000);
  view.pinTo(59_000, 60_000);
  view.pinTo(58_000, 60_000);
  pass();
  expect(written.slice(1)).toEqual(['push #w=15m&at=1970-01-01T00:01:00.000Z', 'replace #w=15m&at=1970-01-01T00:00:58.000Z']);
});

test('an act right after a movement does not lose where the movement ended', () => {
  const { view, written } = fixture();
  view.pinTo(60_000, 60_000);
  view.pinTo(59_000, 60_000);
  view.setWindow(60_000);
  expect(written).toEqual(['push #at=1970-01-01T00:01:00.000Z', 'replace #at=1970-01-01T00:00:59.000Z', 'push #w=1m&at=1970-01-01T00:00:59.000Z']);
});

test('going back shows what the address says and writes nothing', () => {
  const { view, written, pass, go } = fixture();
  view.setWindow(900_000);
  go('');
  pass();
  expect(view.windowMs.value).toBe(300_000);
  go('#from=1970-01-01T00:00:00.000Z&to=1970-01-01T00:01:00.000Z');
  pass();
  expect(view.range.value).toEqual({ from: 0, to: 60_000 });
  expect(written).toEqual(['push #w=15m']);
});
