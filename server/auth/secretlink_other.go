//go:build unix && !linux

package auth

import (
	"fmt"
	"os"
)

// openLinked follows no link here.
func openLinked(path string) (*os.File, error) {
	return nil, fmt.Errorf("%s is a symbolic link: expected the file itself, not a link to it", path)
}
