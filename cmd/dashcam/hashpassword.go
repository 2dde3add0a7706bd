package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"dashcam/server/embedded"
)

// hashPasswordCommand makes the hash of a password.
func (c *cli) hashPasswordCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "hash-password",
		Short: "Print the hash of a password; it is read from the terminal or from standard input",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			password, err := readPassword(c.stdin, c.stderr)
			if err != nil {
				return err
			}
			hash, err := embedded.HashPassword(password)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.stdout, hash)
			return err
		},
	}
}

// readPassword asks twice and shows nothing where a person types, and else takes the
// first line.
func readPassword(stdin io.Reader, stderr io.Writer) (string, error) {
	if f, ok := stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return askPassword(int(f.Fd()), stderr)
	}
	const most = 4 << 10
	text, err := io.ReadAll(io.LimitReader(stdin, most))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

func askPassword(terminal int, stderr io.Writer) (string, error) {
	var typed [2]string
	for i, prompt := range []string{"password: ", "once more: "} {
		// A prompt that nobody sees is no reason to stop.
		_, _ = io.WriteString(stderr, prompt)
		b, err := term.ReadPassword(terminal)
		_, _ = io.WriteString(stderr, "\n")
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords differ")
	}
	return typed[0], nil
}
