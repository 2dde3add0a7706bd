package main

import (
	_ "embed" // the licences
	"io"

	"github.com/spf13/cobra"
)

//go:generate go run ./internal/licenses

// licenses are those of everything that is in the binary.
//
//go:embed licenses.txt
var licenses string

func (c *cli) licensesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "licenses",
		Short: "Print the licences of everything that is in this program",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(c.stdout, licenses)
			return err
		},
	}
}
