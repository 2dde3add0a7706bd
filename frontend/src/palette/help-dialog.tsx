import type { ComponentChildren, JSX, RefObject } from 'preact';
import { CloseIcon } from '../ui/icons';
import { type Binding, bindings, groups } from './bindings';

/** HelpDialog shows a table of keys, that of a host's page where none is given, and under it what else is explained; nothing in it is written twice. */
export function HelpDialog({
  dialog,
  table = bindings,
  under = groups,
  children,
  foot = 'Point at a chart to see that second everywhere; press to pin it. Everything else is found with /.',
}: {
  dialog: RefObject<HTMLDialogElement | null>;
  table?: readonly Binding<string, string>[];
  under?: readonly string[];
  children?: ComponentChildren;
  foot?: string;
}): JSX.Element {
  return (
    <dialog class="help-dialog" ref={dialog} aria-labelledby="help-title">
      <div class="help-head">
        <h2 id="help-title">Keys</h2>
        <button type="button" class="icon-button" aria-label="close" onClick={() => dialog.current?.close()}>
          <CloseIcon />
        </button>
      </div>
      <div class="help-groups">
        {under.map((group) => (
          <section class="help-group" key={group}>
            <h3>{group}</h3>
            <dl>
              {table
                .filter((binding) => binding.group === group && binding.keys.length > 0)
                .map((binding) => (
                  <div key={binding.id}>
                    <dt>{binding.title}</dt>
                    <dd>
                      {binding.keys.map((key) => (
                        <kbd key={key.label}>{key.label}</kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      {children}
      <p class="help-foot">
        {foot}
      </p>
    </dialog>
  );
}
