import type { ComponentChildren, JSX } from 'preact';
import type { Shape } from '../signs/worst';

// Icons are inline SVG in the colour of the text around them. They are decoration:
// whatever carries one has a name of its own.

function Stroke({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export function Mark({ class: className }: { class?: string }): JSX.Element {
  return (
    <svg class={className} viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.6" aria-hidden="true">
      <rect x="1" y="1" width="16" height="16" rx="4.2" />
      <path
        class="mark-line"
        d="M3.6 10.2h2.6l1.7-4.6 2.4 7.4 1.6-4.4h2.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

export function HoldIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M5.5 3.2v9.6M10.5 3.2v9.6" />
    </Stroke>
  );
}

export function PlayIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M5 3.2v9.6l7.6-4.8z" />
    </Stroke>
  );
}

export function SettingsIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6" />
      <circle cx="10.2" cy="4.5" r="1.7" />
      <circle cx="5.8" cy="11.5" r="1.7" />
    </Stroke>
  );
}

/** TreeIcon is a trunk with two branches. */
export function TreeIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M4 2.5v9.5h4M4 6.5h4M10.5 6.5h3M10.5 12h3M6.5 2.5h5" />
    </Stroke>
  );
}

export function SearchIcon(): JSX.Element {
  return (
    <Stroke>
      <circle cx="7" cy="7" r="4.2" />
      <path d="M10.2 10.2 14 14" />
    </Stroke>
  );
}

export function ThemeIcon(): JSX.Element {
  return (
    <Stroke>
      <circle cx="8" cy="8" r="5.6" />
      <path d="M8 2.4v11.2A5.6 5.6 0 0 0 8 2.4Z" fill="currentColor" />
    </Stroke>
  );
}

export function HelpIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M5.6 6a2.4 2.4 0 1 1 3.5 2.2c-.8.4-1.1.9-1.1 1.7M8 12.6v.2" />
    </Stroke>
  );
}

export function CloseIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M4 4l8 8M12 4l-8 8" />
    </Stroke>
  );
}

export function BackIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M10 3.5 5.5 8l4.5 4.5" />
    </Stroke>
  );
}

export function ForwardIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M6 3.5 10.5 8 6 12.5" />
    </Stroke>
  );
}

export function MoreIcon(): JSX.Element {
  return (
    <Stroke>
      <path d="M3.5 4.5h9M3.5 8h9M3.5 11.5h9" />
    </Stroke>
  );
}

/** SortIcon is the direction a column is sorted by. */
export function SortIcon({ descending }: { descending: boolean }): JSX.Element {
  return (
    <svg viewBox="0 0 8 8" fill="currentColor" aria-hidden="true">
      <path d={descending ? 'M0 1.5h8L4 7z' : 'M0 6.5h8L4 1z'} />
    </svg>
  );
}


const shapes: Record<Shape, string> = {
  critical: 'M4.5 .4 8.9 8.6H.1Z',
  warn: 'M.8.8h7.4v7.4H.8Z',
  errors: 'M.4 1.8 1.8.4l2.7 2.7L7.2.4l1.4 1.4-2.7 2.7 2.7 2.7-1.4 1.4-2.7-2.7-2.7 2.7L.4 7.2l2.7-2.7Z',
};

/** shapePath is the outline of a state's shape in a box of 9 by 9. */
export function shapePath(shape: Shape): string {
  return shapes[shape];
}

/** StateShape says how bad something is to whoever cannot tell its colour. */
export function StateShape({ shape }: { shape: Shape }): JSX.Element {
  return (
    <svg viewBox="0 0 9 9" fill="currentColor" aria-hidden="true">
      <path d={shapes[shape]} />
    </svg>
  );
}

/** Chevron opens and closes a section. */
export function Chevron(): JSX.Element {
  return (
    <svg viewBox="0 0 10 10" fill="none" stroke="currentColor" stroke-width="1.6" aria-hidden="true">
      <path d="M3 1.2 7 5 3 8.8" />
    </svg>
  );
}
