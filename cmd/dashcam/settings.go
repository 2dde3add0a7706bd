package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// settings are the options as they are in force, and where each comes from. The flags
// are the one table of settings: names in the environment and keys in a file are made
// from theirs, and so are help, the manual page, completions and the README's table.
type settings struct {
	options
	flags *pflag.FlagSet
	// file is the one that --config names, "" for none.
	file string
	// origins say by the name of a flag what set it; absent ones have their default.
	origins map[string]origin
}

// origin is what gave a setting its value: how a mistake in it is introduced, and how
// it is named where all settings are printed.
type origin struct {
	at, by string
	file   bool // which is read again; flags and environment stay
}

// envPrefix begins the names of the environment's variables.
const envPrefix = "DASHCAM_"

// configFlag is no setting: a file cannot name another one.
const configFlag = "config"

func newSettings(f *pflag.FlagSet) *settings {
	s := &settings{flags: f, origins: make(map[string]origin)}
	f.SortFlags = false
	f.SetNormalizeFunc(canonical)
	s.register(f)
	grouped(f, "This program", func(f *pflag.FlagSet) {
		f.StringVar(&s.file, configFlag, "", "`file` in TOML with settings, named like the flags")
		s.registerLog(f)
		common(f, configFlag)
	})
	return s
}

// aliases are the names that settings had before, as flags, keys and in the environment's
// form. They stay understood.
var aliases = map[string]string{"disk": "store-size"}

// canonical returns the name of a setting by any of its names.
func canonical(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if now, old := aliases[name]; old {
		name = now
	}
	return pflag.NormalizedName(name)
}

// names are those of a setting, the one of today first.
func names(setting string) []string {
	all := []string{setting}
	for old, now := range aliases {
		if now == setting {
			all = append(all, old)
		}
	}
	return all
}

// What a setting may be beside a value: annotations of its flag.
const (
	isSecret     = "secret"
	isReloadable = "reloadable"
	hasChoices   = "choices"
)

// secret keeps the value of a flag out of everything that is printed.
func secret(f *pflag.FlagSet, name string) { annotate(f, name, isSecret, "true") }

// reloadable says that a flag can change while dashcam runs.
func reloadable(f *pflag.FlagSet, name string) { annotate(f, name, isReloadable, "true") }

// choices names every value that a flag may have, for completion.
func choices(f *pflag.FlagSet, name string, values ...string) {
	annotate(f, name, hasChoices, values...)
}

func annotate(f *pflag.FlagSet, name, key string, values ...string) {
	if err := f.SetAnnotation(name, key, values); err != nil {
		panic(err) // there is no such flag
	}
}

func is(f *pflag.Flag, key string) bool { return f.Annotations[key] != nil }

func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// visit calls fn for every setting, in the alphabet's order.
func (s *settings) visit(fn func(*pflag.Flag)) {
	var all []*pflag.Flag
	s.flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != configFlag {
			all = append(all, f)
		}
	})
	slices.SortFunc(all, func(a, b *pflag.Flag) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range all {
		fn(f)
	}
}

// load completes the flags that were given by the environment and then by the file, and
// checks the whole. All mistakes are reported, not only the first.
func (s *settings) load(environ []string) error {
	s.visit(func(f *pflag.Flag) {
		if f.Changed {
			s.origins[f.Name] = origin{at: "--" + f.Name, by: "the flag"}
		}
	})
	// The file's mistakes count although an environment that is broken too hides them.
	if err := errors.Join(s.misspelled(environ), s.loadEnvironment(environ), s.loadFile()); err != nil {
		return err
	}
	return s.named(s.validate())
}

func (s *settings) loadEnvironment(environ []string) error {
	values := make(map[string]string)
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, envPrefix) {
			values[name] = value
		}
	}
	if file, given := values[envName(configFlag)]; given && s.file == "" {
		s.file = file
	}
	var errs []error
	s.visit(func(f *pflag.Flag) {
		var given []string
		for _, n := range names(f.Name) {
			if _, is := values[envName(n)]; is {
				given = append(given, envName(n))
			}
		}
		if _, set := s.origins[f.Name]; set || len(given) == 0 {
			return
		}
		if len(given) > 1 {
			errs = append(errs, usagef("%s are both given: expected one", strings.Join(given, " and ")))
			return
		}
		name, value := given[0], values[given[0]]
		s.origins[f.Name] = origin{at: name, by: name}
		if err := f.Value.Set(value); err != nil {
			errs = append(errs, usagef("%s is %q: %w", name, shown(f, value), plain(f, err)))
		}
	})
	return errors.Join(errs...)
}

// shown is a value as it may be printed.
func shown(f *pflag.Flag, value string) string {
	if is(f, isSecret) && value != "" {
		return "(secret)"
	}
	return value
}

// badSetting is a mistake in the value of one setting.
type badSetting struct{ flag, text string }

func (e *badSetting) Error() string { return "--" + e.flag + " " + e.text }

// badf reports that the setting of a flag "is 3s: expected …".
func badf(flag, format string, a ...any) error { return &badSetting{flag, fmt.Sprintf(format, a...)} }

// named makes the mistakes that validate found tell where each value comes from.
func (s *settings) named(err error) error {
	var out []error
	for _, e := range each(err) {
		var bad *badSetting
		if !errors.As(e, &bad) {
			out = append(out, &usageError{e})
			continue
		}
		at := "--" + bad.flag
		if o, set := s.origins[bad.flag]; set {
			at = o.at
		}
		out = append(out, usagef("%s %s", at, bad.text))
	}
	return errors.Join(out...)
}

// each takes an error apart into those that were joined.
func each(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, each(e)...)
	}
	return out
}

// usageError is a mistake in how the program was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, a ...any) error { return &usageError{fmt.Errorf(format, a...)} }

// ofKubernetes matches the variables that Kubernetes makes for a service whose name begins
// with ours: DASHCAM_SERVICE_HOST, DASHCAM_PORT_7272_TCP_ADDR. They are nobody's mistake.
var ofKubernetes = regexp.MustCompile(`^DASHCAM_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)=|^DASHCAM_(?:[A-Z0-9_]+_)?PORT=(?:tcp|udp|sctp)://`)

// ofTests begins what steers tests, which start the program with their own environment.
const ofTests = envPrefix + "TEST_"

// misspelled reports the variables of the environment that begin as ours do and are no
// settings, as a file's keys are reported.
func (s *settings) misspelled(environ []string) error {
	known := []string{envName(configFlag)}
	s.visit(func(f *pflag.Flag) {
		for _, n := range names(f.Name) {
			known = append(known, envName(n))
		}
	})
	var errs []error
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, envPrefix) || strings.HasPrefix(name, ofTests) || slices.Contains(known, name) || ofKubernetes.MatchString(pair) {
			continue
		}
		errs = append(errs, usagef("%s is no setting%s", name, didYouMean(name, known, "%")))
	}
	return errors.Join(errs...)
}
