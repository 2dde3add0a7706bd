import type { Signal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { NO_ARRANGEMENT, readPreferences, writePreferences } from '../state/preferences';
import { useApp } from '../ui/context';
import { CloseIcon } from '../ui/icons';
import { saveFile } from '../ui/save-file';
import { Segmented, type Choice } from '../ui/segmented';
import type { Place } from './arrange';
import { ArrangementList } from './arrangement-list';

const choices = {
  theme: [{ value: 'system', text: 'system' }, { value: 'light', text: 'light' }, { value: 'dark', text: 'dark' }],
  density: [{ value: 'normal', text: 'normal' }, { value: 'dense', text: 'dense' }],
  units: [{ value: 'bits', text: 'bit/s' }, { value: 'bytes', text: 'bytes/s' }],
  zone: [{ value: 'host', text: 'host' }, { value: 'browser', text: 'browser' }, { value: 'utc', text: 'UTC' }],
  cpu: [{ value: 'core', text: 'one core' }, { value: 'machine', text: 'the machine' }],
  processes: [{ value: 'list', text: 'list' }, { value: 'tree', text: 'tree' }],
  keys: [{ value: 'on', text: 'on' }, { value: 'off', text: 'off' }],
} as const;

const fileName = 'dashcam-settings.json';

/** SettingsDialog holds the choices that the browser remembers. They act at once. */
export function SettingsDialog({ dialog, charts, sections }: { dialog: RefObject<HTMLDialogElement | null>; charts: readonly Place[]; sections: readonly Place[] }): JSX.Element {
  const { view } = useApp();
  return (
    <dialog class="help-dialog settings-dialog" ref={dialog} aria-labelledby="settings-title">
      <div class="help-head">
        <h2 id="settings-title">Settings</h2>
        <button type="button" class="icon-button" aria-label="close" onClick={() => dialog.current?.close()}>
          <CloseIcon />
        </button>
      </div>
      <div class="settings-list">
        <Setting name="theme" title="Theme" choices={choices.theme} of={view.theme} />
        <Setting name="density" title="Density" choices={choices.density} of={view.density} />
        <Setting name="units" title="Network rates" choices={choices.units} of={view.units} />
        <Setting name="zone" title="Time zone" choices={choices.zone} of={view.zone} />
        <Setting name="cpu" title="100 % of a process's CPU is" choices={choices.cpu} of={view.cpu} />
        <Setting name="processes" title="Processes as a" choices={choices.processes} of={view.processes} />
        <Setting name="keys" title="Keys of one letter" choices={choices.keys} of={view.keys} />
      </div>
      <div class="settings-places">
        <ArrangementList title="Charts of the first screen" places={charts} movable />
        <ArrangementList title="Sections" places={sections} />
      </div>
      <SettingsFile />
    </dialog>
  );
}

function Setting<T extends string>({ name, title, choices: all, of }: { name: string; title: string; choices: readonly Choice<T>[]; of: Signal<T> }): JSX.Element {
  return (
    <>
      <span>{title}</span>
      <Segmented
        name={`settings-${name}`}
        label={title}
        choices={all}
        value={of.value}
        onChange={(value) => {
          of.value = value;
        }}
      />
    </>
  );
}

/** SettingsFile takes the settings to another browser, and says what is wrong with a file. */
function SettingsFile(): JSX.Element {
  const { view } = useApp();
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState({ text: '', wrong: false });
  const load = async (file: File): Promise<void> => {
    const wrong = readPreferences(view, await file.text());
    setSaid(wrong === '' ? { text: `${file.name} is in use.`, wrong: false } : { text: `${file.name} was not taken up. ${wrong}`, wrong: true });
  };
  return (
    <div class="settings-file">
      <p class={said.wrong ? 'settings-wrong' : undefined} role="status">
        {said.text === '' ? 'Kept in this browser only. With letters off, arrows, Esc and Ctrl K still work.' : said.text}
      </p>
      <div class="settings-file-buttons">
        <button type="button" class="text-button" onClick={() => saveFile(fileName, new Blob([writePreferences(view)], { type: 'application/json' }))}>
          Save as a file
        </button>
        <button type="button" class="text-button" onClick={() => input.current?.click()}>
          Load a file
        </button>
        <button
          type="button"
          class="text-button"
          onClick={() => {
            view.arrangement.value = NO_ARRANGEMENT;
          }}
        >
          Reset order and visibility
        </button>
        <input
          ref={input}
          class="visually-hidden"
          type="file"
          accept="application/json,.json"
          aria-label="file with settings"
          tabIndex={-1}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            // The same file may be chosen again after it was mended.
            if (file) void load(file).finally(() => (currentTarget.value = ''));
          }}
        />
      </div>
    </div>
  );
}
