package main

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// cli is what commands need of the process around them.
type cli struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// command returns the root command, which serves, and all others. A further one is a
// file with a method like theirs and a line here.
func (c *cli) command() *cobra.Command {
	root := c.serveCommand("dashcam")
	root.Long = "dashcam watches the host it runs on, shows what it sees live in a browser, and remembers the past\nhours. Without a command it serves the dashboard, as dashcam serve does."
	root.AddCommand(commandGroup("What was seen", c.snapshotCommand(), c.verdictCommand(), c.changesCommand(), c.eventsCommand(), c.incidentCommand(), c.backtestCommand(), c.openCommand(), c.exportCommand(), c.inspectCommand(), c.markCommand(), c.silenceCommand())...)
	root.AddCommand(commandGroup("Running it", c.serveCommand("serve"), c.hubCommand(), c.joinCommand(), c.leaveCommand(), c.checkConfigCommand(), c.printConfigCommand(), c.checkRulesCommand(), c.hashPasswordCommand(), c.healthcheckCommand(), c.notifyTestCommand())...)
	root.AddCommand(c.versionCommand(), c.licensesCommand(), c.manCommand())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetUsageFunc(usage)
	root.Version = version()
	root.SetVersionTemplate(versionText())
	root.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var known []string
		for _, sub := range cmd.Commands() {
			known = append(known, sub.Name())
		}
		hint := didYouMean(args[0], known, "dashcam %")
		if hint == "" {
			hint = ": see dashcam --help"
		}
		return usagef("%q is no command%s", args[0], hint)
	}
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetFlagErrorFunc(flagError)
	return root
}

// flagError names the flag that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	switch {
	case errors.As(err, &value):
		f := value.GetFlag()
		return usagef("--%s is %q: %w", f.Name, shown(f, value.GetValue()), plain(f, errors.Unwrap(value)))
	case !errors.As(err, &unknown):
		return &usageError{err}
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	return usagef("%w%s", err, didYouMean(unknown.GetSpecifiedName(), known, "--%"))
}

// takesSettings marks a command that accepts every setting and shows some.
const takesSettings = "settings"

// withSettings gives a command the flags of all settings beside its own ones, and run the
// settings as they are in force. Help shows those settings that are named, all where none
// is; the others are accepted too, so that one set of flags does for every command.
func (c *cli) withSettings(cmd *cobra.Command, run func(ctx context.Context, s *settings, args []string) error, shown ...string) *cobra.Command {
	s := newSettings(pflag.NewFlagSet(cmd.Name(), pflag.ContinueOnError))
	cmd.Flags().SortFlags = false // their order is that of their groups
	cmd.Flags().SetNormalizeFunc(canonical)
	cmd.Flags().AddFlagSet(s.flags)
	s.flags.VisitAll(func(f *pflag.Flag) {
		f.Hidden = len(shown) > 0 && f.Name != configFlag && !slices.Contains(shown, f.Name)
		complete := cobra.NoFileCompletions
		if values := f.Annotations[hasChoices]; values != nil {
			complete = cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
		} else if what, _ := pflag.UnquoteUsage(f); what == "file" || what == "directory" {
			return // completed by the shell
		}
		if err := cmd.RegisterFlagCompletionFunc(f.Name, complete); err != nil {
			panic(err) // registered twice
		}
	})
	if len(shown) > 0 {
		if cmd.Annotations == nil {
			cmd.Annotations = make(map[string]string)
		}
		cmd.Annotations[takesSettings] = "true"
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := s.load(c.environ); err != nil {
			return err
		}
		return run(cmd.Context(), s, args)
	}
	return cmd
}
