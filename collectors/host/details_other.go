//go:build !linux

package host

import "dashcam/collectors"

// Details returns nothing on this system.
func Details(Options) []collectors.Detail { return nil }
