package main

import (
	"strings"

	"dashcam/server/input"
)

// didYouMean continues a message with the nearest known word, where there is one.
func didYouMean(s string, known []string, quoted string) string {
	near := input.Nearest(s, known)
	if near == "" {
		return ""
	}
	return ": did you mean " + strings.ReplaceAll(quoted, "%", near) + "?"
}
