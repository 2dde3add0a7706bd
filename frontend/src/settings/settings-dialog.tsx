import type { JSX, RefObject } from 'preact';
import { useApp } from '../ui/context';
import { CloseIcon } from '../ui/icons';
import { Segmented, type Choice } from '../ui/segmented';
import type { Zone } from '../lib/time';
import type { RateUnits, Theme } from '../state/view';

const themes: readonly Choice<Theme>[] = [
  { value: 'system', text: 'system' },
  { value: 'light', text: 'light' },
  { value: 'dark', text: 'dark' },
];
const units: readonly Choice<RateUnits>[] = [
  { value: 'bits', text: 'bit/s' },
  { value: 'bytes', text: 'bytes/s' },
];
const zones: readonly Choice<Zone>[] = [
  { value: 'host', text: 'host' },
  { value: 'browser', text: 'browser' },
  { value: 'utc', text: 'UTC' },
];
const keys: readonly Choice<'on' | 'off'>[] = [
  { value: 'on', text: 'on' },
  { value: 'off', text: 'off' },
];

/** SettingsDialog holds the choices that the browser remembers. They act at once. */
export function SettingsDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }): JSX.Element {
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
        <span>Theme</span>
        <Segmented name="settings-theme" label="theme" choices={themes} value={view.theme.value} onChange={(value) => view.setTheme(value)} />
        <span>Network rates</span>
        <Segmented name="settings-units" label="network rates" choices={units} value={view.units.value} onChange={(value) => view.setUnits(value)} />
        <span>Time zone</span>
        <Segmented name="settings-zone" label="time zone" choices={zones} value={view.zone.value} onChange={(value) => view.setZone(value)} />
        <span>Keys of one letter</span>
        <Segmented name="settings-keys" label="keys of one letter" choices={keys} value={view.singleKeys.value ? 'on' : 'off'} onChange={(value) => view.setSingleKeys(value === 'on')} />
      </div>
      <p class="help-foot">Kept in this browser only. With letters off, arrows, Esc and Ctrl K still work.</p>
    </dialog>
  );
}
