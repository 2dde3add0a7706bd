// What can be done from the list of alerts. What goes wrong is said and changes nothing.

import { type Signal, signal } from '@preact/signals';
import { ApiError } from '../data/archive';
import type { AppState } from '../state/app-state';
import type { TimeRange } from '../state/view';
import { openIncidentDialog } from '../ui/dialogs';
import type { Alert } from '../wire/types';
import { arm, endSilence, fetchReceivers, fetchRules, fetchSilences, type Receiver, type Rule, seen, silence, type Silence, type SilenceEnd, type Tried, tryReceivers } from './acts-api';
import type { Alerts } from './alerts';
import { chartOf } from './chart-of';

export interface Acts {
  /** Goes to the second at which an alert began. */
  show(alert: Alert): void;
  /** The chart of what an alert is about; undefined where there is none. */
  panelOf(alert: Alert): string | undefined;
  showChart(alert: Alert, panel: string): void;
  /** Opens what makes the file of its time; undefined where none is made. */
  readonly file: ((alert: Alert) => void) | undefined;
  seen(alert: Alert): void;
  silence(alert: Alert, end: SilenceEnd, reason: string): void;
  endSilence(of: Silence): void;
  arm(): void;
  /** Whether this server takes silences. */
  readonly silences: boolean;
}

/** What the list shows beside the alerts themselves. */
interface DrawerState extends Omit<Acts, 'silences'> {
  readonly rules: Signal<ReadonlyMap<string, Rule>>;
  /** undefined where the server knows none. */
  readonly silencesNow: Signal<readonly Silence[] | undefined>;
  /** Who is told; undefined before that is known. */
  readonly receivers: Signal<readonly Receiver[] | undefined>;
  /** What came of the test message; undefined where none was sent. */
  readonly tried: Signal<readonly Tried[] | 'asked' | undefined>;
  /** Sends a test message to everybody who is told. */
  tryReceivers(): void;
  /** What went wrong with the last act; '' for nothing. */
  readonly wrong: Signal<string>;
  /** Asks for everything that is shown. */
  look(): void;
}

export function createDrawerState(app: AppState, alerts: Pick<Alerts, 'refresh'>, close: () => void): DrawerState {
  const rules = signal<ReadonlyMap<string, Rule>>(new Map());
  const silencesNow = signal<readonly Silence[] | undefined>(undefined);
  const receivers = signal<readonly Receiver[] | undefined>(undefined);
  const tried = signal<readonly Tried[] | 'asked' | undefined>(undefined);
  const wrong = signal('');
  const lookAtSilences = (): void =>
    void fetchSilences().then(
      (all) => (silencesNow.value = all),
      () => undefined, // a server that has none is no fault
    );
  const act = (what: Promise<void>, name: string): void => {
    wrong.value = '';
    what.catch((error: unknown) => {
      wrong.value = `${name} did not work: ${wordsOf(error)}`;
    }).finally(() => {
      alerts.refresh();
      lookAtSilences();
    });
  };
  return {
    rules,
    silencesNow,
    receivers,
    tried,
    wrong,
    look() {
      lookAtSilences();
      fetchReceivers().then(
        (all) => (receivers.value = all),
        () => undefined, // it is asked again when the list is opened the next time
      );
      if (rules.peek().size > 0) return;
      fetchRules().then(
        (all) => (rules.value = new Map(all.map((rule) => [rule.name, rule]))),
        () => undefined, // it is asked again when the list is opened the next time
      );
    },
    show({ sinceMs }) {
      app.view.showAt(sinceMs);
      close();
    },
    panelOf: (alert) => chartOf(alert, rules.peek().get(alert.rule)?.families ?? [], app.feed.store),
    showChart({ sinceMs }, panel) {
      app.view.showAt(sinceMs);
      app.view.showPanel(panel);
      close();
    },
    file:
      app.feed.archive.incidents &&
      ((alert) => {
        app.view.select(stretchAround(alert, app.clock.hostNow()));
        close();
        openIncidentDialog();
      }),
    seen: ({ id }) => act(seen(id), 'Saying that it was seen'),
    silence: (alert, end, reason) => act(silence(alert, end, reason), 'Silencing it'),
    endSilence: ({ id }) => act(endSilence(id), 'Ending the silence'),
    arm: () => act(arm(), 'Arming'),
    tryReceivers() {
      tried.value = 'asked';
      act(
        tryReceivers().then(
          (all) => void (tried.value = all),
          (error: unknown) => {
            tried.value = undefined;
            throw error;
          },
        ),
        'The test message',
      );
    },
  };
}

/** What came before an alert says why, and what came after it how it ended. */
const BEFORE_MS = 5 * 60_000;
const AFTER_MS = 2 * 60_000;
/** What a file holds at most. */
const MOST_MS = 2 * 3_600_000;

/** stretchAround is the time of an alert with some before and after, as much as fits a file: its beginning in doubt. */
export function stretchAround({ sinceMs, endMs }: Pick<Alert, 'sinceMs' | 'endMs'>, now: number): TimeRange {
  const from = sinceMs - BEFORE_MS;
  return { from, to: Math.min(now, (endMs ?? now) + AFTER_MS, from + MOST_MS) };
}

function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'the server did not answer';
  return error.message;
}
