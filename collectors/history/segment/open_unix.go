//go:build unix

package segment

import (
	"errors"
	"syscall"
)

// How files are opened: a link is not followed, and a pipe not waited for.
const (
	NoFollow = syscall.O_NOFOLLOW
	noWait   = syscall.O_NONBLOCK
)

// isLink reports whether opening failed because of a link that is not followed.
func isLink(err error) bool { return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) }
