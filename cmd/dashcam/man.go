package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand prints the manual page.
func (c *cli) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: "  dashcam man | man -l -",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(c.stdout, manual(cmd.Root()))
			return err
		},
	}
}

// manual returns the page dashcam(1) in the language of man(7). It carries no date, so
// that the same source makes the same page.
func manual(root *cobra.Command) string {
	root.InitDefaultHelpFlag()
	root.InitDefaultVersionFlag()
	var m roff
	m.line(`.TH DASHCAM 1 "" "dashcam %s"`, roffText(release))
	m.section("NAME")
	m.text("dashcam - " + root.Short)
	m.section("SYNOPSIS")
	m.line(`.B dashcam`)
	m.line(`[\fIcommand\fR] [\fIsettings\fR]`)
	m.section("DESCRIPTION")
	m.text(root.Long)
	m.section("COMMANDS")
	m.commands(root)
	m.section("SETTINGS")
	m.text("Every setting is a flag, a variable of the environment and a key in the TOML file that --config names. A flag wins over the environment, the environment over the file, the file over the default. Lists are repeated flags, commas in the environment and lists in the file.")
	for _, g := range flagGroups(root) {
		m.line(".SS %s", roffText(g.title))
		for _, f := range g.flags {
			m.flag(f)
			if f.Annotations[inGroup] == nil {
				continue // of the command line alone
			}
			m.line(".br")
			about := "Environment: " + envName(f.Name) + "."
			if d := defaultOf(f); d != "" {
				about += " Default: " + d + "."
			}
			if is(f, isReloadable) {
				about += " Read again at SIGHUP."
			}
			m.text(about)
		}
	}
	m.section("SIGNALS")
	m.text("SIGINT and SIGTERM end dashcam after the open pages were told; a second one ends it at once. SIGHUP reads the file of --config again and logs what is different; without such a file it ends dashcam.")
	m.section("EXIT STATUS")
	m.text("0 after a signal, 1 when it cannot start or something fails, 2 when the settings are not understood.")
	return m.String()
}

// commands adds every command below one, with the flags that it alone has.
func (r *roff) commands(parent *cobra.Command) {
	for _, c := range parent.Commands() {
		if c.Hidden || c.Name() == "help" {
			continue
		}
		r.line(".TP")
		_, path, _ := strings.Cut(c.CommandPath(), " ")
		_, args, _ := strings.Cut(c.Use, " ")
		r.line(`\fB%s\fR`, roffText(strings.TrimSpace(path+" "+args)))
		r.text(sentence(c.Short))
		if own := ownFlags(c); len(own) > 0 {
			r.line(".RS")
			for _, f := range own {
				r.flag(f)
			}
			r.line(".RE")
		}
		r.commands(c)
	}
}

// flag adds the name and the text of a flag.
func (r *roff) flag(f *pflag.Flag) {
	value, usage := pflag.UnquoteUsage(f)
	name := `\fB\-\-` + roffText(f.Name) + `\fR`
	if f.Shorthand != "" {
		name = `\fB\-` + f.Shorthand + `\fR, ` + name
	}
	r.line(".TP")
	r.line(`%s \fI%s\fR`, name, roffText(value))
	r.text(sentence(usage))
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// defaultOf returns the default of a flag as people write it, "" for none.
func defaultOf(f *pflag.Flag) string {
	if f.DefValue == "[]" {
		return ""
	}
	return f.DefValue
}

// roff is text in the language of man(7).
type roff struct{ strings.Builder }

func (r *roff) line(format string, a ...any) { fmt.Fprintf(r, format+"\n", a...) }

func (r *roff) section(name string) { r.line(".SH %s", name) }

// text adds lines of plain text.
func (r *roff) text(s string) {
	for line := range strings.Lines(s) {
		line = roffText(strings.TrimSpace(line))
		switch {
		case line == "":
			line = ".PP"
		case line[0] == '.' || line[0] == '\'':
			line = `\&` + line // else it would be a request
		}
		r.line("%s", line)
	}
}

func roffText(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
}
