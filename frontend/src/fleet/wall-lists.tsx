// The lists of the wall: a file of its own, fetched when one is opened or something fires.

import '../styles/alerts.css';
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { groupsOf } from '../alerts/alert-words';
import { alertFacts } from '../alerts/list-words';
import { formatMoment } from '../lib/format';
import { isCritical } from '../signs/firing';
import { useApp, watch } from '../ui/context';
import { CloseIcon, StateShape } from '../ui/icons';
import type { Alert } from '../wire/types';
import { type FleetAlert, isOfHost } from './fleet-alerts';
import type { Happened, Happening } from './happened';
import { momentOf } from './wall-columns';
import type { WallState } from './wall-state';

/** So many resolved alerts are shown without being asked for, and so many hosts of a happening are named. */
const few = 10;
const named = 3;
/** How often the list of alerts is asked for while it is open: what is pending changes without an event. */
const paceMs = 15_000;

/** AlertsOfAll is what fires, is pending, silenced and over on all hosts; each leads to its host at the second at which it began. */
export function AlertsOfAll({ close, refresh }: { close: () => void; refresh: () => void }): JSX.Element {
  const app = useApp();
  const { feed, view } = app;
  watch(view.zone);
  useEffect(() => {
    let cancel = (): void => undefined;
    const look = (): void => {
      if (!document.hidden) refresh();
      cancel = app.clock.later(paceMs, look);
    };
    look();
    return () => cancel();
  }, [app, refresh]);
  const known = feed.alerts.value;
  const groups = groupsOf(known);
  const lines = (list: readonly Alert[]): JSX.Element[] => list.filter(isOfHost).map((alert) => <AlertOfHost key={alert.id} alert={alert} />);
  return (
    <>
      <Head title="Alerts" close={close} />
      <div class={`alert-body ${feed.connection.stale.value ? 'is-stale' : ''}`}>
        <Group title="Firing" empty={known ? 'Nothing fires on any host.' : '…'}>
          {lines(groups.firing)}
        </Group>
        {groups.pending.length > 0 && (
          <Group title="Pending" note="not yet for long enough">
            {lines(groups.pending)}
          </Group>
        )}
        {groups.silenced.length > 0 && (
          <Group title="Silenced" note="raised, and not told">
            {lines(groups.silenced)}
          </Group>
        )}
        <details class="alert-part" open={groups.resolved.length > 0 && groups.resolved.length <= few}>
          <summary>Resolved ({groups.resolved.length})</summary>
          <ul class="alert-list">{lines(groups.resolved)}</ul>
        </details>
        <p class="alert-note">Rules, silences and notices are those of each host: its name leads there.</p>
      </div>
    </>
  );
}

function AlertOfHost({ alert }: { alert: FleetAlert }): JSX.Element {
  const { clock } = useApp();
  const tone = alert.state === 'firing' ? (isCritical(alert) ? 'is-critical' : 'is-warn') : 'is-quiet';
  const facts = [...alertFacts(alert, clock.hostNow(), clock.zone()), alert.online ? '' : 'as it was when the host was heard of last'];
  return (
    <li class={`alert-line ${tone}`}>
      <StateShape shape={isCritical(alert) ? 'critical' : 'warn'} />
      <a class="alert-text" href={momentOf(alert.host, alert.sinceMs)}>
        <b class="alert-host">{alert.name}</b> {alert.text}
      </a>
      <p class="alert-facts">{facts.filter((text) => text !== '').join(' · ')}</p>
    </li>
  );
}

/** EventsOfAll is what happened on all hosts, the newest first; each leads to its host at that second. */
export function EventsOfAll({ wall, happened, only, close }: { wall: WallState; happened: Happened; only: Signal<string>; close: () => void }): JSX.Element {
  const { view } = useApp();
  watch(view.zone);
  const typed = useSignal('');
  const wanted = typed.value.trim().toLowerCase();
  const all = happened.happenings.value;
  const shown = all.filter(({ text, kind, hosts }) => wanted === '' || [text, kind, ...Array.from(hosts.keys(), (id) => wall.nameOf(id))].join(' ').toLowerCase().includes(wanted));
  return (
    <>
      <Head title="What happened" close={close} />
      <div class="alert-body">
        <input class="happening-filter" type="search" aria-label="filter what happened" placeholder="host, kind, text" value={typed.value} onInput={(event) => (typed.value = event.currentTarget.value)} />
        {shown.length === 0 && <p class="alert-note">{happened.known.value ? 'Nothing of this is remembered.' : '…'}</p>}
        <ul class="alert-list">
          {shown.map((each) => (
            <HappeningLine key={each.key} wall={wall} happening={each} asked={each.key === only.value} />
          ))}
        </ul>
      </div>
    </>
  );
}

function HappeningLine({ wall, happening: { t, text, kind, level, hosts }, asked }: { wall: WallState; happening: Happening; asked: boolean }): JSX.Element {
  const { clock } = useApp();
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (asked) line.current?.scrollIntoView({ block: 'center' });
  }, [asked]);
  const links = Array.from(hosts, ([id, at]) => (
    <a key={id} class="happening-host" href={momentOf(id, at)}>
      {wall.nameOf(id)}
    </a>
  ));
  return (
    <li class={`alert-line ${level === 'info' ? 'is-quiet' : `is-${level}`} ${asked ? 'is-asked' : ''}`} ref={line}>
      {level === 'info' ? <span class="happening-dot" aria-hidden="true" /> : <StateShape shape={level} />}
      <p class="happening-text">{text}</p>
      <p class="alert-facts">
        {formatMoment(t, clock.hostNow(), clock.zone())} · {kind}
        {links.length > named ? ` · ${links.length} hosts` : ''}
      </p>
      {links.length > named ? (
        <details class="happening-hosts" open={asked}>
          <summary>which</summary>
          <p>{links}</p>
        </details>
      ) : (
        <p class="happening-hosts">{links}</p>
      )}
    </li>
  );
}

function Head({ title, close }: { title: string; close: () => void }): JSX.Element {
  return (
    <div class="help-head">
      <h2>{title}</h2>
      <button type="button" class="icon-button" aria-label="close" onClick={close}>
        <CloseIcon />
      </button>
    </div>
  );
}

function Group({ title, note, empty, children }: { title: string; note?: string; empty?: string; children: readonly ComponentChildren[] }): JSX.Element {
  return (
    <section class="alert-group">
      <h3>
        {title} {children.length > 0 && <span class="alert-number">{children.length}</span>}
        {note !== undefined && <span class="alert-note"> {note}</span>}
      </h3>
      {children.length > 0 ? <ul class="alert-list">{children}</ul> : <p class="alert-note">{empty}</p>}
    </section>
  );
}
