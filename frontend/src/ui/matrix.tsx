import type { JSX } from 'preact';
import type { Resource } from '../wire/types';
import { LimitsCell } from './limits-cell';
import { MatrixCell } from './matrix-cell';

/** Matrix is the row of resources that answers: is something wrong, with which, since when. */
export function Matrix({ resources, onFollow }: { resources: readonly Resource[]; onFollow?: (section: string) => void }): JSX.Element {
  return (
    <div class="matrix" role="group" aria-label="Resources">
      {resources.length === 0
        ? ['CPU', 'Memory', 'Disk', 'Network', 'Limits'].map((title) => <EmptyCell key={title} title={title} />)
        : resources.map((resource) =>
            resource.limits ? (
              <LimitsCell key={resource.id} resource={resource} limits={resource.limits} {...(onFollow && { onFollow })} />
            ) : (
              <MatrixCell key={resource.id} resource={resource} {...(onFollow && { onFollow })} />
            ),
          )}
    </div>
  );
}

/** EmptyCell keeps the place of a cell until the host has said what there is. */
function EmptyCell({ title }: { title: string }): JSX.Element {
  return (
    <section class={`matrix-cell ${title === 'Limits' ? 'is-limits' : ''}`} aria-label={title}>
      <div class="cell-head">
        <h2 class="cell-title">{title}</h2>
      </div>
      {['use', 'sat', 'err'].map((row) => (
        <div class="cell-row" key={row}>
          <span class="cell-label">{title === 'Limits' ? '' : row}</span>
          <span class="cell-value is-empty">{title === 'Limits' ? '' : '…'}</span>
        </div>
      ))}
    </section>
  );
}
