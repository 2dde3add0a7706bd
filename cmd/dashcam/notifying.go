package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"dashcam/collectors/history/store"
	"dashcam/server/embedded"
	"dashcam/server/notify"
	"dashcam/server/notify/channels"
)

// notifying are the flags about who is told of alerts.
type notifying struct {
	receivers addresses
	file      string
	// inFile are the addresses of the file.
	inFile []string
}

func (n *notifying) register(f *pflag.FlagSet) {
	f.Var(&n.receivers, "notify", "`address` of who is told of alerts: mail, a chat, a phone, a webhook; as README lists them; every user sees it in ps, so that one with a secret belongs into --notify-file or the environment; may be repeated")
	f.StringVar(&n.file, "notify-file", "", "`file` with addresses of who is told of alerts, one on a line; others must not be able to read it")
	secret(f, "notify")
}

// door is what sends to the channels of shoutrrr: there is one in a program, made when
// somebody is to be told.
var door = sync.OnceValue(channels.Open)

// validate reads the file, too.
func (n *notifying) validate() error {
	n.inFile = nil
	if n.file != "" {
		text, err := embedded.AddressFile(n.file)
		if err != nil {
			return badf("notify-file", "is %s: %v", n.file, err)
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				n.inFile = append(n.inFile, line)
			}
		}
	}
	if len(n.all()) == 0 {
		return nil
	}
	var out []error
	for _, err := range each(notify.Check(n.all(), door())) {
		var at *notify.AddressError
		switch {
		case !errors.As(err, &at):
			out = append(out, badf("notify", "is not understood: %v", err))
		case at.Index < len(n.receivers):
			out = append(out, badf("notify", "number %d: %s", at.Index+1, at.Problem))
		default:
			out = append(out, badf("notify-file", "is %s: address %d: %s", n.file, at.Index-len(n.receivers)+1, at.Problem))
		}
	}
	return errors.Join(out...)
}

// all are the addresses of the flag and those of the file.
func (n *notifying) all() []string { return append(append([]string{}, n.receivers...), n.inFile...) }

// apply has dashcam tell the receivers.
func (n *notifying) apply(o *options, cfg *embedded.Config) {
	all := n.all()
	if len(all) == 0 {
		return
	}
	cfg.Notifier = func(c embedded.NotifierConfig) (embedded.Notifier, error) {
		told := notify.Config{
			Receivers: all, Channels: door(), Source: c.Ring, Link: o.link(c.PublicURL),
			Alerts: c.Alerts, Well: c.Well, Post: c.Post, Log: c.Log,
		}
		told.SilenceLink = strings.TrimSuffix(told.Link, "/") + "/silence?t="
		if c.StateDir != "" {
			told.Files = stateFiles{c.StateDir}
		} else {
			c.Log.Warn("notifications that wait are lost when dashcam ends: --state-dir keeps them")
		}
		return notify.New(told)
	}
}

// link is where the page is: the address that others know, or the one that it listens on.
func (o *options) link(public string) string {
	if public != "" {
		return public
	}
	scheme := "http"
	if o.encrypt.enabled() {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(o.listen)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(host, port))
}

// stateFiles are those beside the history.
type stateFiles struct{ dir string }

func (s stateFiles) Open(name string, flags int) (*os.File, error) {
	return store.OpenTrusted(filepath.Join(s.dir, name), flags)
}

func (s stateFiles) Replace(from, to string) error {
	return store.Replace(filepath.Join(s.dir, from), filepath.Join(s.dir, to))
}

// addresses is a list of them as a flag, each given by itself or several with blanks
// between. A comma is part of an address.
type addresses []string

var (
	_ pflag.Value      = (*addresses)(nil)
	_ pflag.SliceValue = (*addresses)(nil)
)

func (a *addresses) String() string {
	if len(*a) == 0 {
		return ""
	}
	return strings.Join(*a, " ")
}

func (a *addresses) Set(s string) error { return a.Append(s) }

func (a *addresses) Append(s string) error {
	*a = append(*a, strings.Fields(s)...)
	return nil
}

func (a *addresses) Replace(all []string) error {
	*a = nil
	for _, s := range all {
		if err := a.Append(s); err != nil {
			return err
		}
	}
	return nil
}

func (a *addresses) GetSlice() []string { return *a }

func (a *addresses) Type() string { return "addresses" }
