//go:build !unix

package history

import (
	"testing"
	"time"
)

var began = time.Now()

// processorTime stands in for what this process has used where that is not known.
func processorTime(testing.TB) time.Duration { return time.Since(began) }

func fastDir(t testing.TB) string { return t.TempDir() }
