import type { JSX } from 'preact';
import type { Resource } from '../wire/types';
import { CellNote, type NotePart } from './cell-note';
import type { Parts } from './live';

/** CellHead is the head of a cell of the matrix: its name, which leads to the section, and its state. */
export function CellHead({ resource, parts, onFollow }: { resource: Resource; parts: Parts<NotePart>; onFollow: ((section: string) => void) | undefined }): JSX.Element {
  return (
    <div class="cell-head">
      <h2 class="cell-title">
        {onFollow ? (
          <button type="button" onClick={() => onFollow(resource.section)}>
            {resource.title}
          </button>
        ) : (
          resource.title
        )}
      </h2>
      <CellNote parts={parts} />
    </div>
  );
}
