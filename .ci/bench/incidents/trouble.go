package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// trouble is an incident on its way.
type trouble struct {
	incident
	dir, unit string
	log       string
	ended     bool
}

func newTrouble(in incident, number int, dir string) *trouble {
	// A session of a user, as somebody who signed in has one.
	return &trouble{incident: in, dir: dir, unit: fmt.Sprintf("session-%d", 1000+number), log: dir + ".log"}
}

// helpers are what scripts may call. A service is stopped when the trouble is over.
const helpers = `set -u
cd "$DIR"
# service NAME [properties of systemd ...] -- COMMAND ...
service() {
  local name=$1 with=()
  shift
  while [ "$1" != -- ]; do with+=(-p "$1"); shift; done
  shift
  echo "$name.service" >>"$DIR/units"
  systemd-run -q --unit="$name" "${with[@]}" -- "$@"
}
# small SIZE [options of mke2fs ...]: mounts a file system of its own at $DIR/small.
small() {
  local size=$1
  shift
  truncate -s "$size" image
  mke2fs -q -t ext4 "$@" image
  mkdir -p small
  mount -o loop image small
}
# container NAME [options of docker ...] -- COMMAND ...
container() {
  local name=$1 with=()
  shift
  while [ "$1" != -- ]; do with+=("$1"); shift; done
  shift
  docker run --rm -d --name "$name" "${with[@]}" tools "$@" >/dev/null
}
# free MIB: how many MiB are available, less so many.
free() { echo $(($(awk '/MemAvailable/ {print $2}' /proc/meminfo) / 1024 - $1)); }
engine() {
  systemctl start docker || exit
  mkdir -p root/bin && cp "$(command -v busybox)" root/bin/busybox
  for name in sh cat dd yes tail sleep nc; do ln -sf busybox "root/bin/$name"; done
  tar -c -C root . | docker import - tools >/dev/null
  docker run --rm tools sleep 1 # so that what a container needs was read once
}
# pair: a namespace "far" behind a pair of links, 10.9.0.1 here and 10.9.0.2 there.
pair() {
  ip netns add far && ip link add near type veth peer name away || exit
  ip link set away netns far
  ip addr add 10.9.0.1/24 dev near && ip link set near up
  ip -n far addr add 10.9.0.2/24 dev away
  ip -n far link set away up
  ip -n far link set lo up
}
`

func (t *trouble) script(ctx context.Context, text string, through ...string) *exec.Cmd {
	args := append(through, "bash", "-c", helpers+text)
	c := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // scripts of this package
	c.Env = append(os.Environ(), "DIR="+t.dir)
	return c
}

// do runs a script to its end.
func (t *trouble) do(ctx context.Context, what, text string) error {
	if text == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	c := t.script(ctx, text)
	c.WaitDelay = time.Second
	if out, err := c.CombinedOutput(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("%s: %w: %.1000s", what, err, out)
	}
	return nil
}

func (t *trouble) prepare(ctx context.Context) error {
	if err := os.MkdirAll(t.dir, 0o755); err != nil { //nolint:gosec // users of all kinds write there
		return err
	}
	// What it wrote is on the disk before anybody looks.
	if err := t.do(ctx, "prepare", t.setup); err != nil || t.setup == "" {
		return err
	}
	return t.do(ctx, "rest", "sync; sleep 3")
}

// begin starts the trouble and does not wait for it.
func (t *trouble) begin() error {
	if t.trouble == "" {
		return nil
	}
	log, err := os.Create(t.log)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // its writers have it
	c := t.script(context.Background(), t.trouble, "systemd-run", "-q", "--scope", "--slice=user-1000.slice", "-p", "TasksMax=infinity", "--unit="+t.unit, "--setenv=DIR="+t.dir, "--")
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		return err
	}
	go func() { _ = c.Wait() }() // how it ends is of no interest: it is killed
	return nil
}

// end stops what runs and puts the host in order.
func (t *trouble) end() error {
	if t.ended {
		return nil
	}
	t.ended = true
	units := []string{t.unit + ".scope"}
	if text, err := os.ReadFile(filepath.Join(t.dir, "units")); err == nil {
		units = append(units, strings.Fields(string(text))...)
	}
	ctx := context.Background()
	errs := []error{t.do(ctx, "stop", "for unit in "+strings.Join(units, " ")+`; do
  systemctl kill --signal=KILL "$unit"; systemctl stop "$unit"; systemctl reset-failed "$unit"
done >/dev/null 2>&1
true`)}
	errs = append(errs, t.do(ctx, "undo", t.undo))
	_ = t.do(ctx, "clean", `for i in 1 2 3 4 5; do umount small 2>/dev/null && break || sleep 0.2; done; cd /; rm -rf "$DIR"; true`)
	return errors.Join(errs...)
}
