import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp, watch } from '../ui/context';
import { CloseIcon } from '../ui/icons';
import type { Alert } from '../wire/types';
import type { Receiver, Silence, Tried } from './acts-api';
import { AlertLine, AlertRow } from './alert-row';
import { groupsOf } from './alert-words';
import type { Alerts } from './alerts';
import { Backtest } from './backtest';
import type { BrowserNotes } from './browser-notes';
import { type Acts, createDrawerState } from './drawer-acts';
import { Learning } from './learning';
import { receiverWords, silenceWords, triedWords } from './list-words';
import { RuleList } from './rule-list';

/** So many resolved alerts are shown without being asked for. */
const FEW = 10;
/** How often the rules are evaluated. */
const PACE_MS = 15_000;

interface AlertListProps {
  readonly alerts: Pick<Alerts, 'refresh'>;
  readonly notes: BrowserNotes;
  readonly close: () => void;
}

/** AlertList is what fires, is pending, silenced and over, and what raises it. It is drawn while it is open. */
export function AlertList({ alerts, notes, close }: AlertListProps): JSX.Element {
  const app = useApp();
  const { feed, view } = app;
  watch(view.zone);
  const root = useRef<HTMLDivElement>(null);
  // On a phone it lies over what it leads to.
  const [state] = useState(() => createDrawerState(app, alerts, () => matchMedia('(max-width: 699px)').matches && close()));
  // What is pending, and how far a delivery has come, changes without an event: whoever looks
  // at the list is told with the rules' own pace.
  useEffect(() => {
    let cancel = (): void => undefined;
    const look = (): void => {
      if (!document.hidden) {
        alerts.refresh();
        state.look();
      }
      cancel = app.clock.later(PACE_MS, look);
    };
    look();
    return () => cancel();
  }, [app, alerts, state]);
  useEffect(() => {
    const drawer = root.current?.parentElement;
    const part = drawer?.dataset.part;
    delete drawer?.dataset.part;
    const asked = root.current?.querySelector<HTMLDetailsElement>(`#alert-${part ?? 'none'}`);
    if (!asked) return;
    asked.open = true;
    asked.querySelector('summary')?.focus();
  }, [state]);
  const known = feed.alerts.value;
  const groups = groupsOf(known);
  const silences = state.silencesNow.value;
  const acts: Acts = { ...state, silences: silences !== undefined };
  const rules = state.rules.value;
  const rows = (list: readonly Alert[]): JSX.Element[] => list.map((alert) => <AlertRow key={alert.id} alert={alert} rule={rules.get(alert.rule)} acts={acts} />);
  return (
    <>
      <div class="help-head">
        <h2>Alerts</h2>
        <button type="button" class="icon-button" aria-label="close" onClick={close}>
          <CloseIcon />
        </button>
      </div>
      <div ref={root} class={`alert-body ${feed.connection.stale.value ? 'is-stale' : ''}`}>
        {known?.learning && !known.learning.armed && <Learning learning={known.learning} onArm={() => acts.arm()} />}
        <p class="alert-wrong is-critical-text" role="status">
          {state.wrong.value}
        </p>
        <Group title="Firing" count={groups.firing.length} empty={known ? 'Nothing fires.' : '…'}>
          {rows(groups.firing)}
        </Group>
        {groups.pending.length > 0 && (
          <Group title="Pending" count={groups.pending.length} note="not yet for long enough">
            {rows(groups.pending)}
          </Group>
        )}
        {(groups.silenced.length > 0 || (silences ?? []).length > 0) && (
          <Group title="Silenced" count={groups.silenced.length} note="raised, and not told">
            {[...rows(groups.silenced), ...(silences ?? []).map((each) => <SilenceLine key={each.id} silence={each} onEnd={() => acts.endSilence(each)} />)]}
          </Group>
        )}
        <details class="alert-part" open={groups.resolved.length > 0 && groups.resolved.length <= FEW}>
          <summary>Resolved ({groups.resolved.length})</summary>
          <ul class="alert-list">
            {groups.resolved.map((alert) => (
              <AlertLine key={alert.id} alert={alert} acts={acts} />
            ))}
          </ul>
        </details>
        {state.receivers.value && <Receivers receivers={state.receivers.value} tried={state.tried.value} onTry={() => state.tryReceivers()} />}
        <Backtest id="alert-backtest" acts={acts} />
        <RuleList id="alert-rules" />
        <NotesChoice notes={notes} />
      </div>
    </>
  );
}

function Group({ title, count, note, empty, children }: { title: string; count: number; note?: string; empty?: string; children: readonly ComponentChildren[] }): JSX.Element {
  return (
    <section class="alert-group">
      <h3>
        {title} {count > 0 && <span class="alert-number">{count}</span>}
        {note !== undefined && <span class="alert-note"> {note}</span>}
      </h3>
      {children.length > 0 ? <ul class="alert-list">{children}</ul> : <p class="alert-note">{empty}</p>}
    </section>
  );
}

function SilenceLine({ silence, onEnd }: { silence: Silence; onEnd: () => void }): JSX.Element {
  const { clock } = useApp();
  return (
    <li class="silence-line">
      <span>{silenceWords(silence, clock.hostNow(), clock.zone())}</span>
      {silence.configured === true ? (
        <span class="alert-note">from the configuration</span>
      ) : (
        <button type="button" class="text-button" onClick={onEnd}>
          End
        </button>
      )}
    </li>
  );
}

/** Receivers are those who are told, and whether they can be reached. */
function Receivers({ receivers, tried, onTry }: { receivers: readonly Receiver[]; tried: readonly Tried[] | 'asked' | undefined; onTry: () => void }): JSX.Element {
  const { clock } = useApp();
  return (
    <section class="alert-group">
      <h3>Receivers</h3>
      {receivers.length === 0 && <p class="alert-note">Nobody is told: --notify names who is.</p>}
      <ul class="alert-deliveries">
        {receivers.map((each) => (
          <li key={each.name} class={each.state === 'failing' ? 'is-warn-text' : ''}>
            {receiverWords(each, clock.hostNow(), clock.zone())}
          </li>
        ))}
      </ul>
      {receivers.length > 0 && (
        <div class="alert-choice">
          <p class="alert-note" role="status">
            {tried === 'asked' ? 'sending a test message…' : triedWords(tried)}
          </p>
          <button type="button" class="text-button" disabled={tried === 'asked'} onClick={onTry}>
            Send a test message
          </button>
        </div>
      )}
    </section>
  );
}

/** NotesChoice switches the browser's notifications on and off: the browser asks its person only then. */
function NotesChoice({ notes }: { notes: BrowserNotes }): JSX.Element {
  const now = notes.state.value;
  const words = {
    on: 'This browser notifies you while the page is open.',
    off: 'This browser can notify you while the page is open.',
    refused: 'This browser was told not to notify you of this page: its settings change that.',
    absent: 'This browser has no notifications here: it needs a page over TLS, or on this machine.',
  }[now];
  return (
    <div class="alert-choice">
      <p class="alert-note">{words}</p>
      {(now === 'on' || now === 'off') && (
        <button type="button" class="text-button" aria-pressed={now === 'on'} onClick={() => void notes.toggle()}>
          Notify in this browser
        </button>
      )}
    </div>
  );
}
