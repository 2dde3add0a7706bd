package input

import (
	"errors"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// berlin has both nights in which a wall clock shows a time twice or never.
func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		need.Missing(t, "no time zones on this machine: "+err.Error())
	}
	return zone
}

func TestTime_AsPeopleWriteIt(t *testing.T) {
	zone := berlin(t)
	now := time.Date(2026, 11, 26, 14, 30, 15, 0, zone)
	for text, want := range map[string]string{
		"1795186288000":                  "2026-11-20T14:51:28Z",
		"1795186288":                     "2026-11-20T14:51:28Z",
		"1795186288.25":                  "2026-11-20T14:51:28.25Z",
		"1795186288000.0":                "2026-11-20T14:51:28Z",
		"2026-11-20T14:51:28Z":           "2026-11-20T14:51:28Z",
		"2026-11-20t14:51:28z":           "2026-11-20T14:51:28Z",
		"2026-11-20T15:51:28.5+01:00":    "2026-11-20T14:51:28.5Z",
		"2026-11-20T15:51:28.5 01:00":    "2026-11-20T14:51:28.5Z",
		"2026-11-20T15:51:28":            "2026-11-20T14:51:28Z",
		"2026-11-20T15:51":               "2026-11-20T14:51:00Z",
		"2026-11-20 15:51:28":            "2026-11-20T14:51:28Z",
		"2026-11-20 15:51":               "2026-11-20T14:51:00Z",
		"2026-11-20":                     "2026-11-19T23:00:00Z",
		"now":                            "2026-11-26T13:30:15Z",
		"Now":                            "2026-11-26T13:30:15Z",
		"2h":                             "2026-11-26T11:30:15Z",
		"-2h":                            "2026-11-26T11:30:15Z",
		"now-2h":                         "2026-11-26T11:30:15Z",
		"now - 2h":                       "2026-11-26T11:30:15Z",
		"1h30m":                          "2026-11-26T12:00:15Z",
		"1.5h":                           "2026-11-26T12:00:15Z",
		"90m":                            "2026-11-26T12:00:15Z",
		"15m ago":                        "2026-11-26T13:15:15Z",
		"15 min ago":                     "2026-11-26T13:15:15Z",
		"2 hours ago":                    "2026-11-26T11:30:15Z",
		"1 day 2 hours":                  "2026-11-25T11:30:15Z",
		"30s":                            "2026-11-26T13:29:45Z",
		"500ms":                          "2026-11-26T13:30:14.5Z",
		"2d":                             "2026-11-24T13:30:15Z",
		"1w":                             "2026-11-19T13:30:15Z",
		"18:02":                          "2026-11-25T17:02:00Z", // not yet today
		"14:30":                          "2026-11-26T13:30:00Z",
		"14:30:15":                       "2026-11-26T13:30:15Z",
		"14:30:16":                       "2026-11-25T13:30:16Z",
		"9:05":                           "2026-11-26T08:05:00Z",
		"6:02pm":                         "2026-11-25T17:02:00Z",
		"3 AM":                           "2026-11-26T02:00:00Z",
		"12am":                           "2026-11-25T23:00:00Z",
		"12pm":                           "2026-11-26T11:00:00Z",
		"yesterday 03:00":                "2026-11-25T02:00:00Z",
		"Yesterday, 3am":                 "2026-11-25T02:00:00Z",
		"yesterday at 18:02":             "2026-11-25T17:02:00Z",
		"today 03:00":                    "2026-11-26T02:00:00Z",
		"  2h ":                          "2026-11-26T11:30:15Z",
		"2026-10-25T02:30:00+02:00":      "2026-10-25T00:30:00Z", // the first of the two
		"2026-10-25T03:00":               "2026-10-25T02:00:00Z",
		"2026-10-25 01:59:59":            "2026-10-24T23:59:59Z",
		"2026-11-26T14:30:15.000000001Z": "2026-11-26T14:30:15.000000001Z",
	} {
		got, err := Time(text, now, zone)
		if err != nil || got.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%q is %v, %v; want %s", text, got.UTC().Format(time.RFC3339Nano), err, want)
		}
	}
}

func TestTime_SaysWhatItIsNot(t *testing.T) {
	zone := berlin(t)
	now := time.Date(2026, 11, 26, 14, 30, 15, 0, zone)
	for text, want := range map[string]string{
		"":                          "is no time",
		"x":                         "is no time",
		"yesterday":                 "which time of that day",
		"today":                     "which time of that day",
		"20":                        "too small for Unix milliseconds or seconds",
		"1":                         "too small",
		"-1":                        "is no time",
		"99999999999999999999":      "too large for Unix milliseconds",
		"1795186288000000":          "microseconds",
		"1795186288000000000":       "nanoseconds",
		"20261126":                  "too small",
		"03/04/2026":                "two orders of day and month",
		"3.4.2026":                  "two orders of day and month",
		"1M":                        "month or minute",
		"2H":                        "did you mean \"2h\"",
		"18":                        "too small",
		"25:00":                     "is no time",
		"18:60":                     "is no time",
		"18:02pm":                   "is no time",
		"13pm":                      "is no time",
		"0am":                       "is no time",
		"2026-13-01":                "is no time",
		"2026-02-30":                "is no time",
		"2026-11-26T03:00:00+99:00": "is no time",
		"now+2h":                    "not been yet",
		"2h from now":               "is no time",
		"1e12":                      "is no time",
		"0x10":                      "is no time",
		"NaN":                       "is no time",
		"2026-10-25 02:30":          "comes twice that day: say which by an offset, 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00",
		"2026-03-29 02:30":          "does not come that day",
		"9999999999999h":            "is no time",
		"99999999w":                 "is no time",
		"<script>":                  "is no time",
		"1h 1h 1h ago ago":          "is no time",
		strings.Repeat("1h", 40):    "is no time",
		"2026-11-26T03:00:00Z; DROP TABLE moments": "is no time",
	} {
		got, err := Time(text, now, zone)
		wrong, ok := errors.AsType[*TimeError](err)
		if !ok || !strings.Contains(err.Error(), want) || wrong.Text != text {
			t.Errorf("%q is %v, %v; want an error with %q", text, got, err, want)
		}
	}
	_, err := Time("x", now, zone)
	if !strings.Contains(TimeForms, "Unix milliseconds, RFC 3339 or a duration back such as 2h") || !strings.HasSuffix(err.Error(), ": expected "+TimeForms) {
		t.Errorf("%v does not say what is expected", err)
	}
}

// TestTime_ClockOfTheNightThatHasAnHourTwice asks for a bare clock where the last one
// could be either.
func TestTime_ClockOfTheNightThatHasAnHourTwice(t *testing.T) {
	zone := berlin(t)
	now := time.Date(2026, 10, 25, 9, 0, 0, 0, zone)
	if got, err := Time("02:30", now, zone); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("%v, %v; want an error that says twice", got, err)
	}
	if got, err := Time("today 03:30", now, zone); err != nil || got.UTC().Hour() != 2 {
		t.Errorf("%v, %v; want 02:30 UTC", got, err)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"2h": 2 * time.Hour, "2d": 48 * time.Hour, "1w": 168 * time.Hour, "7d12h": 180 * time.Hour, "1.5d": 36 * time.Hour,
		"250ms": 250 * time.Millisecond, "3 hours": 3 * time.Hour, "0s": 0, "24h0m0s": 24 * time.Hour, "10µs": 10 * time.Microsecond,
	} {
		if got, err := Duration(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2", "h", "2x", "1M", "-2h", "2h ago", "1h1", "300y", "1e3s", "9999999999h"} {
		if got, err := Duration(text); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{"2h", "now-1d", "18:02", "yesterday 3am", "1795186288000", "2026-11-20T15:51:28.5+01:00", "2026-10-25 02:30"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 26, 14, 30, 15, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Time(text, now, time.UTC)
		if err != nil {
			if wrong, ok := errors.AsType[*TimeError](err); !ok || wrong.Text != text {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if ms := got.UnixMilli(); ms < 0 || ms > 1e14 {
			t.Fatalf("%q is %v, which no caller can use", text, got)
		}
	})
}
