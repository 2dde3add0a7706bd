// The names under which the rest of the page knows what is on the wire.

export type {
  ByeMessage,
  CaptionPart,
  Clause,
  ClientMessage,
  Culprit,
  EventMessage,
  FrameMessage,
  HealthMessage,
  HealthState,
  HelloMessage,
  HistoryMessage,
  Host,
  Kind,
  Layer,
  Limits,
  Panel,
  PongMessage,
  Resource,
  SchemaMessage,
  SeriesInfo,
  ServerMessage,
  Sign,
  Since,
  Start,
  SubscribeMessage,
  TableColumn,
  TableInfo,
  TableMessage,
  TableRow,
  Unavailable,
  VerdictMessage,
  Whole,
  Worst,
} from './messages.gen';

import type { EventMessage, SeriesInfo, TableRow, VerdictMessage } from './messages.gen';

/** Match maps a label or info name to the values that are wanted. */
export type Match = Readonly<Record<string, readonly string[]>>;

/** Buckets is the answer of api/v1/history, in quanta. */
export interface BucketsAnswer {
  readonly rev: number;
  readonly stepMs: number;
  readonly t: readonly number[];
  readonly rows: readonly number[];
  readonly firstSeq: readonly number[];
  readonly lastSeq: readonly number[];
  readonly series: Readonly<Record<string, BucketColumns>>;
  readonly gaps: readonly GapAnswer[];
}

/** BucketColumns are the values of one series, one per bucket; null is missing. */
export interface BucketColumns {
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  readonly last: readonly (number | null)[];
  readonly n: readonly (number | null)[];
  readonly maxSeq: readonly (number | null)[];
}

/** GapAnswer is a stretch of time without rows, in Unix milliseconds. */
export interface GapAnswer {
  readonly from: number;
  readonly to: number;
  readonly why: string;
  /** There were rows, which are not remembered or cannot be read. */
  readonly lost?: boolean;
}

/** ExplainAnswer is the answer of api/v1/explain: where a number comes from. */
export interface ExplainAnswer {
  readonly series: SeriesInfo;
  readonly formula?: string;
  readonly differs?: string;
  /** What a rate is multiplied with. */
  readonly scale: number;
  /** The newest row. */
  readonly seq: number;
  readonly t: number;
  /** In quanta; missing where it could not be read. */
  readonly value?: number;
  /** The last two readings, the newer first. */
  readonly readings: readonly RawReading[];
}

/** RawReading is what was read before anything was computed: a gauge, or one or two counters. */
export interface RawReading {
  readonly atMs: number;
  readonly form: string;
  readonly value?: number;
  readonly num?: number;
  readonly den?: number;
}

/** Alert is one alert of api/v1/alerts and api/v1/backtest. */
export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly state: 'pending' | 'firing' | 'resolved';
  /** "warning" or "critical"; that of an alert that is over may be missing. */
  readonly level?: string;
  /** They name the instance: {"mount": "/var"}. */
  readonly labels: Readonly<Record<string, string>>;
  /** When the condition began to hold, when it had for long enough, and when it was over; in Unix milliseconds. */
  readonly sinceMs: number;
  readonly firedMs?: number;
  readonly endMs?: number;
  readonly text: string;
  readonly value: number;
  readonly unit?: string;
  /** The worst value since it began. */
  readonly peak: number;
  /** Whether somebody is told; otherwise it is for the page alone. */
  readonly notify: boolean;
  /** What a rule of the user's own says beside it: "description" and others. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The id of the silence that keeps it from being told. */
  readonly silenced?: string | false;
  readonly deliveries?: readonly Delivery[];
}

/** Delivery is how far a notice has come with one receiver. */
export interface Delivery {
  readonly kind: string;
  readonly receiver: string;
  /** "queued", "delivered", "failing", "expired", "refused" or "skipped". */
  readonly state: string;
  /** When it came to this state, and when it is tried again. */
  readonly atMs: number;
  readonly nextMs?: number;
  readonly tries?: number;
  readonly error?: string;
  /** An answer was lost: it may be there twice. */
  readonly maybeTwice?: boolean;
}

/** AlertsAnswer is the answer of api/v1/alerts. */
export interface AlertsAnswer {
  /** Those that fire or are pending, newest first, and then the last that were resolved. */
  readonly alerts: readonly Alert[];
  /** Whether notices are sent yet; missing where none are planned. */
  readonly learning?: Learning;
}

/** Learning is the time in which nothing is sent. */
export interface Learning {
  /** When it is over; 0 where that is not known yet. */
  readonly untilMs: number;
  readonly armed: boolean;
  /** What would have been sent, newest first. */
  readonly would: readonly { readonly atMs: number; readonly kind: string; readonly alerts: readonly Alert[] }[];
}

/** ProcessesAnswer is the answer of api/v1/processes for remembered rows. */
export interface ProcessesAnswer {
  readonly observations: readonly Observation[];
}

/** Observation is what a table remembered of one moment. Cells are in quanta. */
export interface Observation {
  readonly seq: number;
  readonly t: number;
  readonly rows: readonly TableRow[];
  readonly partial?: string;
  /** The rows that were left out and their sums. */
  readonly others?: { readonly count: number; readonly sums: Readonly<Record<string, number | null>> };
}

/** Verdict is the answer of api/v1/verdict: the message without its row. */
export type Verdict = Omit<VerdictMessage, 'type' | 'seq'>;

/** HostEvent is something that happened: the message without its tag. */
export type HostEvent = Omit<EventMessage, 'type'>;

/** EventsAnswer is the answer of api/v1/events. */
export interface EventsAnswer {
  readonly events: readonly HostEvent[];
  /** There are older ones. */
  readonly more?: boolean;
}

/** ChangesAnswer is the answer of api/v1/changes, in Unix milliseconds. */
export interface ChangesAnswer {
  readonly from: number;
  readonly to: number;
  readonly base: number;
  readonly changes: readonly Difference[];
}

/** Difference is something that was not as before. */
export interface Difference {
  /** series, process, service or event. */
  readonly kind: string;
  readonly name: string;
  /** Those of a series, or which process it is. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Medians in the unit; null where there was nothing, and of events. */
  readonly before: number | null;
  readonly after: number | null;
  readonly unit?: string;
  readonly score: number;
  /** When it began, in Unix milliseconds. */
  readonly since: number;
  /** It in words. */
  readonly text: string;
  /** How many series of the same family changed, too. */
  readonly more?: number;
}
