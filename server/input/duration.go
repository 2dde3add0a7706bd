package input

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// DurationForms says how a duration may be written.
const DurationForms = "a duration such as 90s, 15m, 2h, 7d12h or 2 weeks"

// maxDuration is 290 years, which is about what a time.Duration holds.
const maxDuration = 290 * 365 * 24 * time.Hour

// units are the words for a unit; a day is 24 hours, a week seven days.
var units = map[string]time.Duration{
	"ns": time.Nanosecond, "us": time.Microsecond, "µs": time.Microsecond, "μs": time.Microsecond, "ms": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

var part = regexp.MustCompile(`^(\d+(?:\.\d+)?) ?([a-zµμ]+) ?`)

// Duration reads a duration of one or more parts, each a number and its unit.
func Duration(text string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is no duration: expected %s", text, DurationForms)
	rest := strings.TrimSpace(text)
	if rest == "" || len(rest) > maxText {
		return 0, wrong
	}
	sum := 0.0
	for rest != "" {
		found := part.FindStringSubmatch(rest)
		if found == nil {
			return 0, wrong
		}
		n, err := strconv.ParseFloat(found[1], 64)
		unit, known := units[found[2]]
		if err != nil || !known {
			return 0, wrong
		}
		sum += n * float64(unit)
		rest = rest[len(found[0]):]
	}
	if sum > float64(maxDuration) {
		return 0, wrong
	}
	return time.Duration(math.Round(sum)), nil
}
