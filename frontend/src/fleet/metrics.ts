// One metric over all hosts: what each has of it, and who is unlike its siblings.

import { type Host, type ResourceName, resourceNames } from './hosts';

/** A metric of the summaries, in percent. */
export interface Metric {
  readonly id: string;
  readonly resource: ResourceName;
  readonly kind: 'use' | 'saturation';
  readonly title: string;
}

/** What can be compared; limits have no saturation. */
export const metrics: readonly Metric[] = resourceNames.flatMap((resource) =>
  (['use', 'saturation'] as const).filter((kind) => kind === 'use' || resource !== 'limits').map((kind) => ({ id: `${resource}.${kind}`, resource, kind, title: `${resource} ${kind}` })),
);

export const metricOf = (id: string): Metric | undefined => metrics.find((metric) => metric.id === id);

/** A host beside its siblings. */
export interface Compared {
  /** The mean of the last half minute; null while it is not known, and of a host that is silent. */
  readonly value: number | null;
  /** The median of its siblings, itself among them; null where they are too few. */
  readonly median: number | null;
  /** Whether it is unlike them. */
  readonly unlike: boolean;
}

/** Over so many milliseconds values are smoothed: a second says little. */
const smoothMs = 30_000;
/** So many siblings say what is usual. */
const fewest = 4;
/** A host is unlike its siblings from so many deviations and points off their median on, and no more below the second ones. */
const raised = { deviations: 4, points: 10 };
const cleared = { deviations: 3, points: 7 };
/** The median of absolute differences, as a standard deviation. */
const toDeviation = 1.4826;

const nothing: Compared = { value: null, median: null, unlike: false };

/** A Comparer goes on with every observation. */
interface Comparer {
  /** Reads hosts at a time; siblings have the same value of a label, '' makes all of them siblings. */
  next(hosts: readonly Host[], ms: number, metric: Metric, label: string): void;
  of(id: string): Compared;
}

export function createComparer(): Comparer {
  let of: Metric | undefined;
  let at = NaN;
  let values = new Map<string, number>();
  let compared = new Map<string, Compared>();
  return {
    next(hosts, ms, metric, label) {
      if (metric !== of) [of, at, values, compared] = [metric, NaN, new Map<string, number>(), new Map<string, Compared>()];
      // What stood still for long is no mean of anything.
      const share = ms > at && ms - at < 4 * smoothMs ? 1 - Math.exp((at - ms) / smoothMs) : ms === at ? 0 : 1;
      at = ms;
      const smoothed = new Map<string, number>();
      const groups = new Map<string, number[]>();
      for (const host of hosts) {
        const now = valueOf(host, metric);
        if (now === null) continue;
        const before = values.get(host.id) ?? now;
        const value = before + (now - before) * share;
        smoothed.set(host.id, value);
        const group = host.labels.get(label) ?? '';
        const of = groups.get(group);
        if (of) of.push(value);
        else groups.set(group, [value]);
      }
      values = smoothed;
      const usual = new Map(Array.from(groups, ([group, of]) => [group, usualOf(of)]));
      const before = compared;
      compared = new Map();
      for (const { id, labels } of hosts) {
        const value = smoothed.get(id);
        if (value === undefined) continue;
        const siblings = usual.get(labels.get(label) ?? '');
        const marks = before.get(id)?.unlike === true ? cleared : raised;
        const unlike = siblings !== undefined && Math.abs(value - siblings.median) >= Math.max(marks.points, marks.deviations * siblings.deviation);
        compared.set(id, { value, median: siblings?.median ?? null, unlike });
      }
    },
    of: (id) => compared.get(id) ?? nothing,
  };
}

function valueOf({ standing, resources }: Host, { resource, kind }: Metric): number | null {
  return standing === 'silent' ? null : (resources.find(({ name }) => name === resource)?.[kind] ?? null);
}

/** usualOf is what siblings have in common, undefined of too few. */
function usualOf(values: readonly number[]): { readonly median: number; readonly deviation: number } | undefined {
  if (values.length < fewest) return undefined;
  const median = medianOf(values);
  return { median, deviation: toDeviation * medianOf(values.map((value) => Math.abs(value - median))) };
}

export function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** siblingLabel is the label whose value siblings share: the one that groups, else the role, where hosts have one. */
export const siblingLabel = (group: string, labels: ReadonlyMap<string, unknown>): string => (group !== '' ? group : labels.has('role') ? 'role' : '');

/** pointsText is how far a host is off the median: "+41". */
export const pointsText = ({ value, median }: Compared): string => {
  if (value === null || median === null) return '';
  const points = Math.round(value - median);
  return points === 0 ? '±0' : `${points > 0 ? '+' : '−'}${Math.abs(points)}`;
};
