package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how long a line of help is at most.
const helpWidth = 100

// The annotations of flags and commands that help is arranged by.
const (
	// inGroup names the group of a flag or command.
	inGroup = "group"
	// isCommon marks the settings that the first help describes; the others it names.
	isCommon = "common"
)

// grouped registers flags as a group of their own.
func grouped(f *pflag.FlagSet, title string, register func(*pflag.FlagSet)) {
	group := pflag.NewFlagSet(title, pflag.ContinueOnError)
	group.SortFlags = false
	register(group)
	group.VisitAll(func(flag *pflag.Flag) { annotate(group, flag.Name, inGroup, title) })
	f.AddFlagSet(group)
}

// common marks settings that most people need.
func common(f *pflag.FlagSet, names ...string) {
	for _, name := range names {
		annotate(f, name, isCommon, "true")
	}
}

// commandGroup puts commands into a group.
func commandGroup(title string, cmds ...*cobra.Command) []*cobra.Command {
	for _, cmd := range cmds {
		if cmd.Annotations == nil {
			cmd.Annotations = make(map[string]string)
		}
		cmd.Annotations[inGroup] = title
	}
	return cmds
}

// flagGroup is a group of flags, in the order in which they were registered.
type flagGroup struct {
	title string
	flags []*pflag.Flag
}

// flagGroups returns the flags of a command that help shows: its own ones first, then
// the settings, what is in no group last.
func flagGroups(cmd *cobra.Command) []flagGroup {
	own, rest := flagGroup{title: "Flags"}, flagGroup{title: "This program"}
	var groups []flagGroup
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch title := f.Annotations[inGroup]; {
		case f.Hidden:
		case f.Name == "help" || f.Name == "version":
			rest.flags = append(rest.flags, f)
		case title == nil:
			own.flags = append(own.flags, f)
		case title[0] == rest.title:
			rest.flags = append(rest.flags, f)
		default:
			i := slices.IndexFunc(groups, func(g flagGroup) bool { return g.title == title[0] })
			if i < 0 {
				i, groups = len(groups), append(groups, flagGroup{title: title[0]})
			}
			groups[i].flags = append(groups[i].flags, f)
		}
	})
	groups = append(append([]flagGroup{own}, groups...), rest)
	return slices.DeleteFunc(groups, func(g flagGroup) bool { return len(g.flags) == 0 })
}

// usage writes how a command is called: its commands and flags in groups, a line each.
// The first help describes the common settings and names the others.
func usage(cmd *cobra.Command) error {
	var b strings.Builder
	if !cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "Usage:\n  %s\n", cmd.UseLine())
	} else {
		fmt.Fprintf(&b, "Usage:\n  %s [command] [flags]\n", cmd.CommandPath())
		usageOfCommands(&b, cmd)
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	brief := !cmd.HasParent()
	for _, g := range flagGroups(cmd) {
		var rows [][2]string
		var others []string
		for _, f := range g.flags {
			if _, setting := f.Annotations[inGroup]; brief && setting && !is(f, isCommon) {
				others = append(others, "--"+f.Name)
				continue
			}
			rows = append(rows, [2]string{flagName(f), flagText(f)})
		}
		fmt.Fprintf(&b, "\n%s:\n", g.title)
		writeRows(&b, rows)
		writeList(&b, others, len(rows) > 0)
	}
	switch {
	case brief:
		fmt.Fprintf(&b, "\n%[1]s serve --help describes every setting, %[1]s man says more of each.\n", cmd.CommandPath())
	case cmd.Annotations[takesSettings] != "":
		fmt.Fprintf(&b, "\nEvery setting of %s serve is accepted, too, also from the environment and --config.\n", cmd.Root().Name())
	}
	_, err := io.WriteString(cmd.OutOrStderr(), b.String())
	return err
}

func usageOfCommands(b *strings.Builder, cmd *cobra.Command) {
	const none = "This program"
	var titles []string
	rows := make(map[string][][2]string)
	for _, sub := range cmd.Commands() {
		if !sub.IsAvailableCommand() || sub.Name() == "help" { // whoever reads this has found it
			continue
		}
		title, given := sub.Annotations[inGroup]
		if !given {
			title = none
		}
		if rows[title] == nil {
			titles = append(titles, title)
		}
		rows[title] = append(rows[title], [2]string{sub.Name(), firstClause(sub.Short)})
	}
	if i := slices.Index(titles, none); i >= 0 && len(titles) > 1 { // which stand behind the last group
		titles = slices.Delete(titles, i, i+1)
		last := titles[len(titles)-1]
		rows[last] = append(rows[last], rows[none]...)
	}
	for _, title := range titles {
		heading := "Commands, " + strings.ToLower(title)
		if len(titles) == 1 {
			heading = "Commands"
		}
		fmt.Fprintf(b, "\n%s:\n", heading)
		writeRows(b, rows[title])
	}
}

// writeRows writes two columns.
func writeRows(b *strings.Builder, rows [][2]string) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r[0]))
	}
	for _, r := range rows {
		fmt.Fprintf(b, "  %-*s  %s\n", width, r[0], r[1])
	}
}

// writeList writes names, as many as fit into a line; also says that they are not all.
func writeList(b *strings.Builder, names []string, also bool) {
	begin, next := " ", " "
	if also {
		begin, next = "  also", "      "
	}
	line := begin
	for _, name := range names {
		if len(line)+1+len(name) > helpWidth {
			b.WriteString(line + "\n")
			line = next
		}
		line += " " + name
	}
	if len(names) > 0 {
		b.WriteString(line + "\n")
	}
}

// flagName is how a flag is given: "--history duration".
func flagName(f *pflag.Flag) string {
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if what, _ := pflag.UnquoteUsage(f); what != "" {
		name += " " + what
	}
	return name
}

// flagText is the first clause about a flag, and its default.
func flagText(f *pflag.Flag) string {
	_, text := pflag.UnquoteUsage(f)
	text = firstClause(text)
	if d := defaultOf(f); d != "" && d != "false" {
		text += " (" + d + ")"
	}
	return text
}

// ownFlags returns the flags that a command has beside the settings and those of cobra.
func ownFlags(cmd *cobra.Command) (own []*pflag.Flag) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Annotations[inGroup] == nil && f.Name != "help" && f.Name != "version" {
			own = append(own, f)
		}
	})
	return own
}

// firstClause is what help shows of a text: what a thing does. What follows the first
// semicolon is for the manual page and the README.
func firstClause(text string) string {
	text, _, _ = strings.Cut(text, "; ")
	return text
}
