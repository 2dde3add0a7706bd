package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"dashcam/server/fleet"
)

// ofFleet are the flags of a host that reports to a hub.
type ofFleet struct {
	hub           string
	joinToken     string
	joinTokenFile string
	labels        []string
	share         string
}

func (o *ofFleet) register(f *pflag.FlagSet) {
	f.StringVar(&o.hub, "hub", "", "`URL` of a hub to report to; such as https://hub:7272; several of one fleet with commas; needs --state-dir; joins with --join-token where this host has not joined")
	f.StringVar(&o.joinToken, "join-token", "", "`token` to join by; dashcam hub token prints one")
	f.StringVar(&o.joinTokenFile, "join-token-file", "", "`file` with the token to join by")
	f.StringSliceVar(&o.labels, "label", nil, "`label` that the hub shows and filters by; such as role=db; may be repeated")
	f.StringVar(&o.share, "fleet-share", string(fleet.ShareAll), "what a hub may see: all or matrix; all is what the page shows, matrix the states alone")
	secret(f, "join-token")
	choices(f, "fleet-share", string(fleet.ShareAll), string(fleet.ShareMatrix))
}

func (o *ofFleet) validate(stateDir string) (errs []error) {
	wrong := func(is bool, flag, format string, a ...any) {
		if is {
			errs = append(errs, badf(flag, format, a...))
		}
	}
	if o.hub != "" {
		_, err := fleet.CheckHubs(o.hub)
		wrong(err != nil, "hub", "is %q: %v", o.hub, err)
	}
	wrong(o.hub != "" && stateDir == "", "hub", "is given, and no --state-dir: expected a directory for the key of this host")
	wrong(o.joinToken != "" && o.joinTokenFile != "", "join-token", "and --join-token-file are both given: expected one")
	wrong(o.share != string(fleet.ShareAll) && o.share != string(fleet.ShareMatrix), "fleet-share", "is %q: expected all or matrix", o.share)
	if _, err := o.labelMap(); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// labelMap returns the labels by name.
func (o *ofFleet) labelMap() (map[string]string, error) {
	labels := make(map[string]string, len(o.labels))
	for _, l := range o.labels {
		name, value, ok := strings.Cut(l, "=")
		if !ok {
			return nil, badf("label", "has %q: expected name=value", l)
		}
		labels[name] = value
	}
	if err := fleet.CheckLabels(labels); err != nil {
		return nil, badf("label", "%s", strings.TrimPrefix(err.Error(), fleet.ErrMessage.Error()+": "))
	}
	return labels, nil
}

// token is what the flags give to join by, "" for nothing.
func (o *ofFleet) token() (string, error) {
	if o.joinTokenFile == "" {
		return o.joinToken, nil
	}
	text, err := os.ReadFile(o.joinTokenFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("token to join by: %w", err)
	}
	return strings.TrimSpace(string(text)), err
}
