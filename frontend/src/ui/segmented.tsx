import type { JSX } from 'preact';

export interface Choice<T extends string | number> {
  readonly value: T;
  readonly text: string;
}

/** Segmented is one choice out of a few: a group of radio inputs. */
export function Segmented<T extends string | number>(props: {
  /** name tells the groups of a page apart. */
  name: string;
  label: string;
  choices: readonly Choice<T>[];
  /** value is undefined where none of them is chosen. */
  value: T | undefined;
  onChange: (value: T) => void;
  class?: string;
}): JSX.Element {
  return (
    <div class={`segmented ${props.class ?? ''}`} role="radiogroup" aria-label={props.label}>
      {props.choices.map((choice) => (
        <label class="segment" key={choice.value}>
          <input
            type="radio"
            name={props.name}
            checked={choice.value === props.value}
            onChange={() => props.onChange(choice.value)}
          />
          <span class="segment-text" data-text={choice.text}>
            {choice.text}
          </span>
        </label>
      ))}
    </div>
  );
}
