// Command tsgen writes frontend/src/wire/messages.gen.ts: the TypeScript types of the
// wire's messages, by reflection over the Go structs, with their doc comments and the
// protocol's constants taken from the Go source. Run it with go generate ./server/wire.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// output is where the generated file stands, seen from the module's root.
const output = "frontend/src/wire/messages.gen.ts"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "tsgen:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	text, err := generate(root)
	if err != nil {
		return err
	}
	path := filepath.Join(root, output)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// moduleRoot is the directory of the nearest go.mod above the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}
