package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"dashcam/collectors/events"
	"dashcam/collectors/host"
	"dashcam/collectors/services"
	"dashcam/collectors/textfile"
	"dashcam/server/embedded"
)

// selecting are the flags about what is observed.
type selecting struct {
	only, without []string
	every         []string
	kinds         [4]kind
	textfile      textfile.Options
	engineSocket  string
}

// kind is a kind of things that come in numbers.
type kind struct {
	flag, what, by string
	embedded.Selection
}

func (s *selecting) register(f *pflag.FlagSet) {
	names := strings.Join(collectorNames(), ", ")
	f.StringSliceVar(&s.only, "collectors", nil, "only these collectors, by `name`; "+names)
	f.StringSliceVar(&s.without, "without-collectors", nil, "all collectors but these, by `name`; one or several of those of --collectors")
	f.StringSliceVar(&s.every, "collector-interval", nil, "shortest time between readings of a collector, as `name=time`; such as processes=5s; may be repeated")
	choices(f, "collectors", collectorNames()...)
	choices(f, "without-collectors", collectorNames()...)
	s.kinds = [...]kind{
		{flag: "disk", what: "disks", by: "by device (sda, loop3)"},
		{flag: "mount", what: "file systems", by: "by where they are mounted"},
		{flag: "interface", what: "network interfaces", by: "by name"},
		{flag: "process", what: "processes", by: "by name, in the table; they count in any case"},
	}
	f.StringVar(&s.engineSocket, "engine-socket", "", "`path` of a Docker or Podman socket to ask for names of containers; nobody is asked without it")
	for i := range s.kinds {
		k := &s.kinds[i]
		f.StringSliceVar(&k.Exclude, k.flag+"-exclude", nil, "`pattern` of "+k.what+" to leave out; "+k.by+"; a star is any text; may be repeated")
		f.StringSliceVar(&k.Include, k.flag+"-include", nil, "`pattern` of "+k.what+" to show one by one in spite of that; also of those that are summed up or left out by default; may be repeated")
	}
}

func (s *selecting) registerTextfile(f *pflag.FlagSet) {
	f.StringVar(&s.textfile.Dir, "textfile-dir", "", "`directory` of *.prom files in which other programs leave metrics")
	timeVar(f, &s.textfile.MaxAge, "textfile-max-age", 2*day, "how long after it was written such a file is used")
	f.IntVar(&s.textfile.MaxSeries, "textfile-max-series", 1000, "most series of all such files")
}

func collectorNames() []string {
	var names []string
	for _, c := range host.Collectors(host.Options{}) {
		names = append(names, c.Describe().Name)
	}
	return append(names, services.Name, events.Name, textfile.Name)
}

func (s *selecting) validate() (errs []error) {
	known := collectorNames()
	check := func(flag, name string) {
		if slices.Contains(known, name) {
			return
		}
		hint := didYouMean(name, known, `"%"`)
		if hint == "" {
			hint = ": expected one of " + strings.Join(known, ", ")
		}
		errs = append(errs, badf(flag, "has %q, which is no collector%s", name, hint))
	}
	for _, name := range s.only {
		check("collectors", name)
	}
	for _, name := range s.without {
		check("without-collectors", name)
	}
	for _, e := range s.every {
		name, text, _ := strings.Cut(e, "=")
		check("collector-interval", name)
		if d, err := parseDuration(text); err != nil || d <= 0 {
			errs = append(errs, badf("collector-interval", "has %q: expected name=time, such as processes=5s", e))
		}
	}
	if s.textfile.MaxAge <= 0 {
		errs = append(errs, badf("textfile-max-age", "is %s: expected more than 0", duration(s.textfile.MaxAge)))
	}
	if s.textfile.MaxSeries < 1 {
		errs = append(errs, badf("textfile-max-series", "is %d: expected at least 1", s.textfile.MaxSeries))
	}
	if len(errs) == 0 && !s.anyCollector() {
		errs = append(errs, s.noCollector())
	}
	return errs
}

// anyCollector reports whether one is left that runs.
func (s *selecting) anyCollector() bool {
	off := s.off()
	return slices.ContainsFunc(collectorNames(), func(name string) bool {
		return !slices.Contains(off, name) && (name != textfile.Name || s.textfile.Dir != "")
	})
}

// noCollector says which setting leaves none.
func (s *selecting) noCollector() error {
	switch {
	case len(s.only) > 0 && len(s.without) > 0:
		return badf("collectors", "leaves no collector, as --without-collectors takes these away")
	case len(s.only) > 0:
		return badf("collectors", "leaves no collector: %s needs --textfile-dir", textfile.Name)
	}
	return badf("without-collectors", "leaves no collector")
}

// off are the collectors that do not run.
func (s *selecting) off() []string {
	var off []string
	for _, name := range collectorNames() {
		if name == textfile.Name && s.textfile.Dir == "" {
			continue // there is none
		}
		if len(s.only) > 0 && !slices.Contains(s.only, name) || slices.Contains(s.without, name) {
			off = append(off, name)
		}
	}
	return off
}

func (s *selecting) apply(cfg *embedded.Config) {
	cfg.Off, cfg.Textfile, cfg.EngineSocket = s.off(), s.textfile, s.engineSocket
	cfg.Every = make(map[string]time.Duration)
	for _, e := range s.every {
		name, text, _ := strings.Cut(e, "=")
		if name == textfile.Name && s.textfile.Dir == "" {
			continue // there is none
		}
		if d, err := parseDuration(text); err == nil { // it was validated
			cfg.Every[name] = d
		}
	}
	for i, to := range []*embedded.Selection{&cfg.Disks, &cfg.Mounts, &cfg.Interfaces, &cfg.Processes} {
		*to = s.kinds[i].Selection
	}
}
