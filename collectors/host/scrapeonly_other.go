//go:build !linux

package host

import "dashcam/collectors"

// ScrapeOnly returns nothing on this system.
func ScrapeOnly(Options) []collectors.ScrapeOnly { return nil }

// Interrupts returns nothing on this system.
func Interrupts(Options) []collectors.ScrapeOnly { return nil }
