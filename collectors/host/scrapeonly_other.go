//go:build !linux

package host

import "dashcam/collectors"

// ScrapeOnly returns nothing on this system.
func ScrapeOnly(Options) []collectors.ScrapeOnly { return nil }
