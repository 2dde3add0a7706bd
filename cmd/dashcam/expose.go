package main

import (
	"slices"

	"github.com/spf13/pflag"

	"dashcam/server/embedded"
)

// expose are the flags about what is shown beyond the defaults, and to whom.
type expose struct {
	allowOrigins, allowEmbed []string
	commandLines             string
}

// commandLines are the choices, from the least to the most that is shown.
var commandLines = []string{string(embedded.CommandLinesOff), string(embedded.CommandLinesRedacted), string(embedded.CommandLinesFull)}

func (e *expose) register(f *pflag.FlagSet) {
	f.StringSliceVar(&e.allowOrigins, "allow-origin", nil, "`origin` of another site whose pages may ask for data; such as https://grafana.example.com: by the socket, the API and /metrics, with sign-in or Bearer; may be repeated")
	f.StringSliceVar(&e.allowEmbed, "allow-embed", nil, "`origin` of another site that may show the page in a frame; may be repeated")
	f.StringVar(&e.commandLines, "cmdline", string(embedded.CommandLinesOff), "what to show of command lines: off, redacted or full; redacted shows programs, names of options, plain numbers and paths; full needs sign-in")
	choices(f, "cmdline", commandLines...)
}

func (e *expose) validate() (errs []error) {
	for flag, origins := range map[string][]string{"allow-origin": e.allowOrigins, "allow-embed": e.allowEmbed} {
		for _, origin := range origins {
			if embedded.CheckOrigin(origin) != nil {
				errs = append(errs, badf(flag, "has %q: expected an origin such as https://grafana.example.com", origin))
			}
		}
	}
	if !slices.Contains(commandLines, e.commandLines) {
		errs = append(errs, badf("cmdline", "is %q: expected off, redacted or full", e.commandLines))
	}
	return errs
}

// needsSignIn says why one has to sign in because of these flags, "" where not.
func (e *expose) needsSignIn() string {
	switch {
	case len(e.allowOrigins) > 0:
		return "pages of other sites may ask (--allow-origin)"
	case e.commandLines == string(embedded.CommandLinesFull):
		return "command lines, which may hold secrets, are shown (--cmdline full)"
	}
	return ""
}

func (e *expose) apply(cfg *embedded.Config) {
	cfg.AllowOrigins, cfg.AllowEmbed, cfg.CommandLines = e.allowOrigins, e.allowEmbed, embedded.CommandLines(e.commandLines)
}
