package main

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dashcam/collectors/collectortest/need"
)

// everyCommand is the root with the commands and flags that cobra adds when it runs.
func everyCommand() *cobra.Command {
	root := new(cli).command()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	var complete func(*cobra.Command)
	complete = func(cmd *cobra.Command) {
		cmd.InitDefaultHelpFlag()
		cmd.InitDefaultVersionFlag()
		for _, sub := range cmd.Commands() {
			complete(sub)
		}
	}
	complete(root)
	return root
}

// eachCommand calls fn for every command below one and for itself, with the words that
// call it.
func eachCommand(cmd *cobra.Command, fn func(cmd *cobra.Command, words []string)) {
	fn(cmd, strings.Fields(cmd.CommandPath())[1:])
	for _, sub := range cmd.Commands() {
		eachCommand(sub, fn)
	}
}

// flags are those that a text names.
func flags(text string) []string {
	all := regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// TestHelp_NamesEveryFlagAndCommandThatWorks: export did not name --from, --to, --format
// and --table, which were hidden because they are no settings.
func TestHelp_NamesEveryFlagAndCommandThatWorks(t *testing.T) {
	need.Undetected(t)
	root := everyCommand()
	manual := strings.ReplaceAll(ran(t, nil, "man"), `\-`, "-")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	first, all := flags(ran(t, nil, "--help")), flags(ran(t, nil, "serve", "--help"))
	seen := 0
	eachCommand(root, func(cmd *cobra.Command, words []string) {
		if cmd.Name() == "help" {
			return
		}
		help := ran(t, nil, append(slices.Clone(words), "--help")...)
		completed := completions(t, append(slices.Clone(words), "--")...)
		if name := strings.Join(words, " "); len(words) > 0 {
			if !strings.Contains(manual, "\\fB"+name) {
				t.Errorf("the manual page does not name dashcam %s", name)
			}
			above := ran(t, nil, append(slices.Clone(words[:len(words)-1]), "--help")...)
			if !regexp.MustCompile(`(?m)^  ` + cmd.Name() + ` `).MatchString(above) {
				t.Errorf("the help above dashcam %s does not name it", name)
			}
			if !slices.Contains(completions(t, append(slices.Clone(words[:len(words)-1]), "")...), cmd.Name()) {
				t.Errorf("dashcam %s is not completed", name)
			}
		}
		called := strings.Join(append([]string{"dashcam"}, words[:min(1, len(words))]...), " ")
		row := regexp.MustCompile("(?m)^\\| `" + called + "[ `].*$").FindString(string(text))
		if row == "" {
			t.Errorf("the README does not name %s", called)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			seen++
			flag := "--" + f.Name
			if f.Annotations[inGroup] != nil {
				for where, named := range map[string][]string{"the first help": first, "serve --help": all, "the manual page": flags(manual), "the README": flags(string(text))} {
					if !slices.Contains(named, flag) {
						t.Errorf("%s does not name %s", where, flag)
					}
				}
				return
			}
			if f.Hidden || !slices.Contains(flags(help), flag) || !slices.Contains(completed, flag) {
				t.Errorf("dashcam %s takes %s, which its help or completion does not name", strings.Join(words, " "), flag)
			}
			if f.Name == "help" {
				return
			}
			if !strings.Contains(manual, `\fB`+flag+`\fR`) || !strings.Contains(row, "`"+flag+"`") {
				t.Errorf("dashcam %s takes %s, which the manual page or the README's row %q does not name", strings.Join(words, " "), flag, row)
			}
		})
	})
	if seen < 100 {
		t.Errorf("only %d flags were looked at", seen)
	}
}

// completions are what a shell is offered.
func completions(t *testing.T, words ...string) []string {
	t.Helper()
	var out bytes.Buffer
	c := &cli{stdout: &out, stderr: io.Discard} // where cobra explains what it does
	if status := c.run(append([]string{"__complete"}, words...)); status != exitOK {
		t.Fatalf("completing %q: status %d", words, status)
	}
	var offered []string
	for line := range strings.Lines(out.String()) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		offered = append(offered, strings.TrimSuffix(word, "="))
	}
	return offered
}

func TestHelp_FitsOnAScreen(t *testing.T) {
	eachCommand(everyCommand(), func(cmd *cobra.Command, words []string) {
		if slices.Contains(words, "completion") || cmd.Name() == "help" {
			return // cobra's
		}
		help := ran(t, nil, append(slices.Clone(words), "--help")...)
		_, usage, _ := strings.Cut(help, "Usage:")
		for line := range strings.Lines(usage) {
			if n := utf8.RuneCountInString(line) - 1; n > helpWidth && !strings.HasPrefix(line, "  dashcam ") { // an example
				t.Errorf("dashcam %s --help has a line of %d: %q", strings.Join(words, " "), n, line)
			}
		}
	})
	if n := strings.Count(ran(t, nil, "--help"), "\n"); n > 70 {
		t.Errorf("the first help has %d lines", n)
	}
}

func TestHelp_EverySettingHasAGroup(t *testing.T) {
	newSettings(pflag.NewFlagSet("", pflag.ContinueOnError)).visit(func(f *pflag.Flag) {
		if f.Annotations[inGroup] == nil {
			t.Errorf("--%s is in no group: register it in one", f.Name)
		}
	})
}
