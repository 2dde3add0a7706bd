import type { JSX } from 'preact';

/** Overview is the state of every resource over everything that is remembered. */
export function Overview(): JSX.Element {
  return <div class="overview" />;
}
