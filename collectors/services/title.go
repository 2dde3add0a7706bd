package services

import (
	"strings"
	"unicode"

	"dashcam/collectors"
)

// titleOf is a name as it is shown: whoever runs on the host chooses it, also with what a
// terminal would obey, or with what turns the direction of the text around it.
func titleOf(name string) string {
	return collectors.CleanLabel(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return r
	}, name))
}
