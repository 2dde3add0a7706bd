package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// checkConfigCommand says whether dashcam would understand its settings.
func (c *cli) checkConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check-config [file]",
		Short: "Check the settings and say every mistake with its line",
		Args:  cobra.MaximumNArgs(1),
	}
	c.withSettings(cmd, func(_ context.Context, s *settings, _ []string) error {
		what := "the settings are"
		if s.file != "" {
			what = s.file + " is"
		}
		_, err := fmt.Fprintf(c.stdout, "%s understood: %d of %d settings are given\n", what, len(s.origins), s.count())
		return err
	}, configFlag)
	fileAsArgument(cmd)
	return cmd
}

// printConfigCommand prints the settings that are in force.
func (c *cli) printConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "print-config [file]",
		Short: "Print every setting as it is in force; what set it, too, in the form of a --config file",
		Args:  cobra.MaximumNArgs(1),
	}
	c.withSettings(cmd, func(_ context.Context, s *settings, _ []string) error { return s.print(c.stdout) }, configFlag)
	fileAsArgument(cmd)
	return cmd
}

// fileAsArgument lets the file stand without --config before it.
func fileAsArgument(cmd *cobra.Command) {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			if given := cmd.Flags().Lookup(configFlag).Value.String(); given != "" && given != args[0] {
				return usagef("two files with settings: %q and %q", given, args[0])
			}
			if err := cmd.Flags().Set(configFlag, args[0]); err != nil {
				return err
			}
		}
		return run(cmd, args)
	}
}

func (s *settings) count() (n int) {
	s.visit(func(*pflag.Flag) { n++ })
	return n
}

// print writes the settings as a file that check-config understands. What has its
// default is a comment.
func (s *settings) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# dashcam %s: the settings. Those that are commented out have their default.\n", version())
	var failed error
	s.visit(func(f *pflag.Flag) {
		_, usage := pflag.UnquoteUsage(f)
		fmt.Fprintf(&b, "\n# %s\n", usage)
		text, err := asTOML(f)
		if err != nil {
			failed = err
			return
		}
		by, set := s.origins[f.Name]
		switch {
		case set && is(f, isSecret):
			fmt.Fprintf(&b, "# %s is set by %s and not shown\n", f.Name, by.by)
		case set:
			fmt.Fprintf(&b, "%s # by %s\n", text, by.by)
		default:
			fmt.Fprintf(&b, "# %s\n", text)
		}
	})
	if failed != nil {
		return failed
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// asTOML returns "key = value".
func asTOML(f *pflag.Flag) (string, error) {
	var value any = f.Value.String()
	if list, ok := f.Value.(pflag.SliceValue); ok {
		value = append([]string{}, list.GetSlice()...)
	} else if numeric(f) || f.Value.Type() == "bool" {
		return f.Name + " = " + f.Value.String(), nil
	}
	text, err := toml.Marshal(map[string]any{f.Name: value})
	return strings.TrimSpace(string(text)), err
}
