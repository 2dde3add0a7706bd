package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// work is something that people do on hosts.
type work struct {
	name string
	do   func(context.Context) error
}

// ordinaryWork returns what can be done here. Everything is made and changed below dir.
func ordinaryWork(ctx context.Context, dir, only string) ([]work, error) {
	env := func(name string) (string, error) {
		out, err := exec.CommandContext(ctx, "go", "env", name).Output() //nolint:gosec // names of this file
		return strings.TrimSpace(string(out)), err
	}
	goRoot, err := env("GOROOT")
	if err != nil {
		return nil, fmt.Errorf("ask where Go is: %w", err)
	}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "dashcam").Output()
	if err != nil {
		return nil, fmt.Errorf("find dashcam's sources (run this in .ci/bench): %w", err)
	}
	root := strings.TrimSpace(string(out))
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(ctx context.Context, in string, env []string, name string, args ...string) error {
		cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // commands of this file
		cmd.Dir, cmd.Env = in, append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w: %.300s", name, strings.Join(args, " "), err, out)
		}
		return nil
	}
	all := []work{
		{"go build", func(ctx context.Context) error {
			defer func() { _ = os.RemoveAll(at("cache")) }()
			return run(ctx, root, []string{"GOCACHE=" + at("cache")}, "go", "build", "-o", at("built"), "./cmd/dashcam")
		}},
		{"download", func(ctx context.Context) error {
			defer func() {
				// What it wrote is read-only.
				_ = run(context.WithoutCancel(ctx), root, []string{"GOMODCACHE=" + at("modules")}, "go", "clean", "-modcache")
			}()
			return run(ctx, root, []string{"GOMODCACHE=" + at("modules"), "GOFLAGS="}, "go", "mod", "download")
		}},
		{"copy", func(ctx context.Context) error {
			defer func() { _ = os.RemoveAll(at("copy")) }()
			return run(ctx, dir, nil, "cp", "-a", filepath.Join(goRoot, "src"), at("copy"))
		}},
		{"tar", func(ctx context.Context) error {
			defer func() { _ = os.Remove(at("src.tar.gz")) }()
			return run(ctx, goRoot, nil, "tar", "czf", at("src.tar.gz"), "src")
		}},
		{"git gc", func(ctx context.Context) error {
			defer func() { _ = os.RemoveAll(at("clone")) }()
			if err := run(ctx, dir, nil, "git", "clone", "-q", "--no-local", root, at("clone")); err != nil {
				return err
			}
			return run(ctx, at("clone"), nil, "git", "gc", "-q", "--aggressive")
		}},
		{"browser", func(ctx context.Context) error {
			chromium, err := exec.LookPath("chromium")
			if err != nil {
				return errors.New("not done: chromium is not installed (.ci/chromium)")
			}
			page := filepath.Join(root, "frontend", "dist", "index.html")
			for range 5 {
				if err := run(ctx, dir, nil, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+at("profile"),
					"--screenshot="+at("page.png"), "--window-size=1440,900", "--virtual-time-budget=2000", "file://"+page); err != nil {
					return err
				}
			}
			return nil
		}},
	}
	if only == "" {
		return all, nil
	}
	for _, each := range all {
		if each.name == only {
			return []work{each}, nil
		}
	}
	names := []string{"none"}
	for _, each := range all {
		names = append(names, each.name)
	}
	return nil, fmt.Errorf("there is no work %q, only %s", only, strings.Join(names, ", "))
}
