// Command licenses writes the licences of everything that is in the binary: the Go modules
// that the program is linked from on any system, Go itself, and the npm packages that the
// page is built from. go generate runs it; node_modules must be there.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run("licenses.txt"); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

// part is something in the binary.
type part struct{ name, version, dir string }

func run(out string) error {
	parts, err := modules()
	if err != nil {
		return err
	}
	packages, err := npmPackages("../../frontend")
	if err != nil {
		return err
	}
	goroot, err := output("go", "env", "GOROOT")
	if err != nil {
		return err
	}
	parts = append(append(parts, packages...), part{name: "Go, its standard library", dir: strings.TrimSpace(goroot)})
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.name, b.name) })

	// Many share one text.
	who := make(map[string][]string)
	var texts []string
	for _, p := range parts {
		text, err := license(p)
		if err != nil {
			return err
		}
		if who[text] == nil {
			texts = append(texts, text)
		}
		who[text] = append(who[text], strings.TrimSpace(p.name+" "+p.version))
	}
	var b bytes.Buffer
	b.WriteString("dashcam is under the MIT licence. In this program is also the work of others:\n")
	for _, p := range parts {
		fmt.Fprintf(&b, "\n  %s", strings.TrimSpace(p.name+" "+p.version))
	}
	b.WriteByte('\n')
	for _, text := range texts {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 100), strings.Join(who[text], "\n"), text)
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}

// modules returns those that the program is linked from, on any system it is built for.
func modules() ([]part, error) {
	found := make(map[part]bool)
	for _, system := range []string{"linux", "darwin", "windows", "freebsd"} {
		cmd := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`, ".")
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		text, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("list what is linked on %s: %w", system, err)
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) == 3 {
				found[part{f[0], f[1], f[2]}] = true
			}
		}
	}
	if len(found) < 10 {
		return nil, fmt.Errorf("found only %d modules", len(found))
	}
	var out []part
	for p := range found {
		out = append(out, p)
	}
	return out, nil
}

// npmPackages returns what package.json depends on and everything that this needs. What
// only builds the page is not in it.
func npmPackages(dir string) ([]part, error) {
	found := make(map[string]part)
	var add func(at string) error
	add = func(at string) error {
		b, err := os.ReadFile(filepath.Join(at, "package.json"))
		if err != nil {
			return fmt.Errorf("%w (npm ci in frontend brings them)", err)
		}
		var p struct {
			Name, Version string
			Dependencies  map[string]string
		}
		if err := json.Unmarshal(b, &p); err != nil {
			return fmt.Errorf("read %s: %w", at, err)
		}
		if _, known := found[p.Name]; known {
			return nil
		}
		if at != dir {
			found[p.Name] = part{p.Name + " (npm)", p.Version, at}
		}
		for name := range p.Dependencies {
			if err := add(filepath.Join(dir, "node_modules", name)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := add(dir); err != nil {
		return nil, err
	}
	var out []part
	for _, p := range found {
		out = append(out, p)
	}
	return out, nil
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([.-].*)?$`)

// license returns the texts that a part's licence asks to pass on.
func license(p part) (string, error) {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, e := range entries {
		if !licenseFile.MatchString(e.Name()) || e.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(p.dir, e.Name()))
		if err != nil {
			return "", err
		}
		text := strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n"))
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return "", fmt.Errorf("%s %s has no licence in %s", p.name, p.version, p.dir)
	}
	return strings.Join(texts, "\n\n"), nil
}

func output(name string, args ...string) (string, error) {
	b, err := exec.Command(name, args...).Output()
	return string(b), err
}
