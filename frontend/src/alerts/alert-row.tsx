import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { isCritical } from '../signs/firing';
import { useApp, watch } from '../ui/context';
import { StateShape } from '../ui/icons';
import type { Alert } from '../wire/types';
import type { Rule } from './acts-api';
import type { Acts } from './drawer-acts';
import { alertFacts, deliveryWords, ruleSentences } from './list-words';
import { SilenceForm } from './silence-form';

/** AlertLine is an alert with its facts; pressing its text goes to the second at which it began. */
export function AlertLine({ alert, acts, children }: { alert: Alert; acts: Pick<Acts, 'show'>; children?: ComponentChildren }): JSX.Element {
  const { clock, view } = useApp();
  watch(view.zone);
  const tone = alert.state === 'firing' ? (isCritical(alert) ? 'is-critical' : 'is-warn') : 'is-quiet';
  return (
    <li class={`alert-line ${tone}`}>
      <StateShape shape={isCritical(alert) ? 'critical' : 'warn'} />
      <button type="button" class="alert-text" onClick={() => acts.show(alert)}>
        {alert.text}
      </button>
      <p class="alert-facts">{alertFacts(alert, clock.hostNow(), clock.zone()).join(' · ')}</p>
      {alert.annotations?.description !== undefined && <p class="alert-facts">{alert.annotations.description}</p>}
      {children}
    </li>
  );
}

/** AlertRow is one that fires, is pending or is silenced, with what can be done about it. */
export function AlertRow({ alert, rule, acts }: { alert: Alert; rule: Rule | undefined; acts: Acts }): JSX.Element {
  const { clock } = useApp();
  const [open, setOpen] = useState<'nothing' | 'silence' | 'rule'>('nothing');
  const toggle = (what: typeof open): void => setOpen(open === what ? 'nothing' : what);
  const panel = acts.panelOf(alert);
  return (
    <AlertLine alert={alert} acts={acts}>
      {alert.deliveries && alert.deliveries.length > 0 && (
        <ul class="alert-deliveries">
          {deliveryWords(alert.deliveries, clock.hostNow(), clock.zone()).map(({ text, failed }) => (
            <li key={text} class={failed ? 'is-warn-text' : ''}>
              {text}
            </li>
          ))}
        </ul>
      )}
      <div class="alert-acts">
        {panel !== undefined && (
          <button type="button" class="text-button" onClick={() => acts.showChart(alert, panel)}>
            Chart
          </button>
        )}
        {acts.file && (
          <button type="button" class="text-button" onClick={() => acts.file?.(alert)}>
            File
          </button>
        )}
        {rule && (
          <button type="button" class="text-button" aria-expanded={open === 'rule'} onClick={() => toggle('rule')}>
            Why
          </button>
        )}
        {acts.silences && !alert.silenced && (
          <button type="button" class="text-button" aria-expanded={open === 'silence'} onClick={() => toggle('silence')}>
            Silence
          </button>
        )}
        {rule?.latched === true && alert.state === 'firing' && (
          <button type="button" class="text-button" onClick={() => acts.seen(alert)}>
            Seen
          </button>
        )}
      </div>
      {open === 'rule' && rule && <RuleText rule={rule} />}
      {open === 'silence' && (
        <SilenceForm
          alert={alert}
          onSilence={(end, reason) => {
            setOpen('nothing');
            acts.silence(alert, end, reason);
          }}
        />
      )}
    </AlertLine>
  );
}

/** RuleText explains a rule: when it is raised and over, and where its numbers come from. */
export function RuleText({ rule }: { rule: Rule }): JSX.Element {
  return (
    <div class="rule-text">
      <p>{ruleSentences(rule).join(' ')}</p>
      <p>
        <b>Source</b> {rule.why}
      </p>
    </div>
  );
}
