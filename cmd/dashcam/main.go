package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"dashcam/server/fleet"
)

// The exit statuses.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	fleet.LetRest()
	c := &cli{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(c.run(os.Args[1:]))
}

// run is main without the process around it.
func (c *cli) run(args []string) int {
	ctx, stop := untilSignal()
	defer stop()
	cmd := c.command()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	for _, e := range each(err) {
		fmt.Fprintln(c.stderr, "dashcam: "+oneLine(explain(e)))
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitError
}

// untilSignal returns a context that ends at the first signal. The second one then has
// its usual effect, which is to end the process at once.
func untilSignal() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// oneLine keeps a mistake to the one line that is promised.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
