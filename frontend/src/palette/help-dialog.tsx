import type { ComponentChildren, JSX, RefObject } from 'preact';
import { CloseIcon } from '../ui/icons';
import { bindings, groups } from './bindings';

/** HelpDialog shows the table of keys, and under it what else is explained; nothing in it is written twice. */
export function HelpDialog({ dialog, children }: { dialog: RefObject<HTMLDialogElement | null>; children?: ComponentChildren }): JSX.Element {
  return (
    <dialog class="help-dialog" ref={dialog} aria-labelledby="help-title">
      <div class="help-head">
        <h2 id="help-title">Keys</h2>
        <button type="button" class="icon-button" aria-label="close" onClick={() => dialog.current?.close()}>
          <CloseIcon />
        </button>
      </div>
      <div class="help-groups">
        {groups.map((group) => (
          <section class="help-group" key={group}>
            <h3>{group}</h3>
            <dl>
              {bindings
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
        Point at a chart to see that second everywhere; press to pin it. Everything else is found with /.
      </p>
    </dialog>
  );
}
