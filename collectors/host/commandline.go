package host

import (
	"bytes"
	"regexp"
	"strings"
)

// CommandLines says what the table of processes shows of how they were started.
type CommandLines string

// The choices.
const (
	// CommandLinesOff shows nothing, and reads nothing. It is the default, like "".
	CommandLinesOff CommandLines = "off"
	// CommandLinesRedacted shows what is surely no secret.
	CommandLinesRedacted CommandLines = "redacted"
	// CommandLinesFull shows everything.
	CommandLinesFull CommandLines = "full"
)

func (c CommandLines) shown() bool { return c == CommandLinesRedacted || c == CommandLinesFull }

// text returns what is shown of arguments that each end with a NUL (/proc/[pid]/cmdline,
// proc(5)), which whoever wrote them may have overwritten with anything.
func (c CommandLines) text(args []byte) string {
	args = bytes.TrimRight(args, "\x00")
	if len(args) == 0 {
		return ""
	}
	if c == CommandLinesFull {
		return string(bytes.ReplaceAll(args, []byte{0}, []byte{' '}))
	}
	return redact(strings.Split(string(args), "\x00"))
}

// redacted stands for what is not shown.
const redacted = "…"

// redact keeps of a command line what is surely no secret: the program, the names of
// options, small numbers, and paths that look like paths. Secrets come in more forms than
// a list of them could name, so that everything else is left out.
func redact(args []string) string {
	out := make([]string, 0, len(args))
	program, _, retitled := strings.Cut(args[0], " ")
	switch {
	case !plainPath(program) && !plainWord.MatchString(program):
		out = append(out, redacted)
	case retitled: // "nginx: worker process"; nobody knows what else stands there
		out = append(out, program, redacted)
	default:
		out = append(out, program)
	}
	secret := false // what comes next belongs to an option that names a secret
	for _, arg := range args[1:] {
		name, value, hasValue := strings.Cut(arg, "=")
		isOption := longOption.MatchString(name) || knownOption[arg]
		switch {
		case arg == "--":
			out = append(out, arg)
			continue
		case isOption && hasValue:
			out = append(out, name+"="+redactValue(value, names(name)))
		case isOption:
			out = append(out, arg)
		case shortOption.MatchString(arg):
			out = append(out, arg)
		case len(arg) > 2 && shortOption.MatchString(arg[:2]):
			out = append(out, arg[:2]+redacted) // "-pS3cret"
		case strings.HasPrefix(arg, "-"), hasValue:
			out = append(out, redacted)
		default:
			out = append(out, redactValue(arg, secret))
		}
		// A single letter may stand for a password; which, only its program knows.
		secret = !hasValue && (isOption && names(name) || shortOption.MatchString(arg))
	}
	return strings.Join(collapse(out), " ")
}

// collapse lets one sign stand for several arguments in a row.
func collapse(args []string) []string {
	out := args[:1]
	for _, arg := range args[1:] {
		if arg != redacted || out[len(out)-1] != redacted {
			out = append(out, arg)
		}
	}
	return out
}

var (
	longOption  = regexp.MustCompile(`^--[a-z]{2,16}([.-][a-z]{1,16}){0,5}$`)
	shortOption = regexp.MustCompile(`^-[A-Za-z0-9]$`)
	plainWord   = regexp.MustCompile(`^[a-z][a-z0-9._+-]{0,20}:?$`)
	smallNumber = regexp.MustCompile(`^[0-9]{1,5}(\.[0-9]{1,2})?([kKmMgG]i?[bB]?|ms|s|m|h|%)?$`)
	segment     = regexp.MustCompile(`^[A-Za-z0-9._+@-]{1,40}$`)
	secretName  = regexp.MustCompile(`(?i)pass|pwd|secret|token|key|auth|cred|user|login|sign|session|cookie|cert|pin|salt|hash|seed|phrase|private|license|dsn|url|uri|conn|header|data|env`)
)

// knownOption are long options with a single dash, which would otherwise be a letter and
// its value.
var knownOption = map[string]bool{"-jar": true, "-cp": true, "-server": true}

// names reports whether an option's name suggests that its value is a secret.
func names(option string) bool { return secretName.MatchString(option) }

func redactValue(value string, secret bool) string {
	if !secret && (smallNumber.MatchString(value) || plainPath(value)) {
		return value
	}
	return redacted
}

// plainPath reports whether s is a path, and no random text that begins with a slash:
// short parts, none of which mixes small and capital letters and digits.
func plainPath(s string) bool {
	if !strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "./") {
		return false
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(s, "."), "/"), "/") {
		if part != "" && !segment.MatchString(part) || mixed(part) || names(part) && strings.ContainsAny(part, "0123456789@") {
			return false
		}
	}
	return true
}

func mixed(s string) bool {
	return strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ContainsAny(s, "0123456789") || longRun.MatchString(s)
}

// longRun is what no name of a file has and many keys have.
var longRun = regexp.MustCompile(`[0-9a-fA-F]{16}|[A-Z2-7]{16}|[a-z0-9]{24}`)
