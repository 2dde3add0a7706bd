//go:build !unix

package auth

import (
	"io/fs"
	"os"
)

func openSecret(path string) (*os.File, error) { return os.Open(path) }

// trusted asks nothing: there are no such owners and modes here.
func trusted(fs.FileInfo, fs.FileMode) error { return nil }
