package main

import (
	"github.com/spf13/pflag"

	"dashcam/server/embedded"
	"dashcam/server/promql"
)

// alerting are the flags about alerts and what is told of them.
type alerting struct {
	quietHours, silences, rules []string
	// loaded are the rules, nil where there are none.
	loaded *promql.Rules
}

func (a *alerting) register(f *pflag.FlagSet) {
	f.StringSliceVar(&a.rules, "rules", nil, "`files` with your own rules in Prometheus' format; such as 'rules/*.yaml'; dashcam check-rules checks them; may be repeated")
	f.StringArrayVar(&a.quietHours, "quiet-hours", nil, "`hours` in which only critical alerts are told; such as \"22:00-07:00\" or \"Mon-Fri 22:00-07:00\", on the host's clock; the rest is told at their end; may be repeated")
	f.StringArrayVar(&a.silences, "silence", nil, "`alerts` that are not told, and why; such as \"rule=filesystem-*,mount=/backup: it is always full\"; may be repeated")
}

// validate reads the rules, too.
func (a *alerting) validate() (errs []error) {
	if a.loaded = nil; len(a.rules) > 0 {
		rules, err := promql.LoadRules(a.rules...)
		for _, e := range each(err) {
			errs = append(errs, badf("rules", "are wrong: %v", e))
		}
		a.loaded = rules
	}
	if err := embedded.CheckQuietHours(a.quietHours); err != nil {
		errs = append(errs, badf("quiet-hours", "is wrong: %v", err))
	}
	for _, text := range a.silences {
		if err := embedded.CheckSilence(text); err != nil {
			errs = append(errs, badf("silence", "is wrong: %v", err))
		}
	}
	return errs
}

func (a *alerting) apply(cfg *embedded.Config) {
	cfg.QuietHours, cfg.Silences = a.quietHours, a.silences
}
