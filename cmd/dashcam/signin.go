package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"dashcam/server/embedded"
)

// authAuto asks for a sign-in where it depends on that what others can see.
const authAuto = "auto"

// signIn are the flags about who may see.
type signIn struct {
	auth             string
	tokenFile        string
	passwordHash     string
	passwordHashFile string
}

func (s *signIn) register(f *pflag.FlagSet) {
	f.StringVar(&s.auth, "auth", authAuto, "how to sign in: none, token or password; auto asks for a token as root, with CAP_SYS_PTRACE or CAP_SYSLOG, where /proc hides processes (hidepid), and where others can connect, and else for nothing")
	f.StringVar(&s.tokenFile, "auth-token-file", "", "`file` with the token, made where there is none; without one the token is new at every start")
	f.StringVar(&s.passwordHash, "auth-password-hash", "", "`hash` of the password, as dashcam hash-password prints it")
	f.StringVar(&s.passwordHashFile, "auth-password-hash-file", "", "`file` with that hash")
	choices(f, "auth", authAuto, string(embedded.SignInNone), string(embedded.SignInToken), string(embedded.SignInPassword))
	secret(f, "auth-password-hash")
}

func (s *signIn) validate() error {
	hashes := s.passwordHash != "" || s.passwordHashFile != ""
	switch s.auth {
	case authAuto:
	case string(embedded.SignInNone):
		if hashes || s.tokenFile != "" {
			return badf("auth", "is none, but a token or password is given")
		}
	case string(embedded.SignInToken):
		if hashes {
			return badf("auth", "is token, but a password is given")
		}
	case string(embedded.SignInPassword):
		if !hashes {
			return badf("auth", "is password: expected --auth-password-hash or --auth-password-hash-file")
		}
	default:
		return badf("auth", "is %q: expected auto, none, token or password", s.auth)
	}
	if s.passwordHash != "" && s.passwordHashFile != "" {
		return usagef("--auth-password-hash and --auth-password-hash-file are both given")
	}
	return nil
}

// surroundings are what the choice of auto depends on beside the flags.
type surroundings struct {
	root, hidepid, ptrace, syslog bool
}

func look() surroundings {
	s := surroundings{root: runtime.GOOS != "windows" && os.Geteuid() == 0}
	if mounts, err := os.ReadFile("/proc/self/mounts"); err == nil {
		s.hidepid = hidesProcesses(string(mounts))
	}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		s.ptrace, s.syslog = hasRight(string(status), rightPtrace), hasRight(string(status), rightSyslog)
	}
	return s
}

// hidesProcesses reports whether /proc is mounted with hidepid (proc(5)), by the lines
// of /proc/self/mounts. The last mount on a place is the one that is seen.
func hidesProcesses(mounts string) bool {
	hides := false
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[1] != "/proc" || fields[2] != "proc" {
			continue
		}
		hides = false
		for option := range strings.SplitSeq(fields[3], ",") {
			if value, ok := strings.CutPrefix(option, "hidepid="); ok {
				hides = value != "0" && value != "off"
			}
		}
	}
	return hides
}

// The rights with which dashcam sees more than an ordinary user (capability.h): what other
// users' processes read and write, and what the kernel logs.
const (
	rightPtrace = 1 << 19
	rightSyslog = 1 << 34
)

// hasRight reports whether a right is in force, by the lines of /proc/self/status.
func hasRight(status string, right uint64) bool {
	for line := range strings.Lines(status) {
		if set, ok := strings.CutPrefix(line, "CapEff:"); ok {
			caps, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			return err == nil && caps&right != 0
		}
	}
	return false
}

// choose returns how to sign in, and why, where the flags leave that open. A loopback
// address is every user's of the machine, and so it matters whether dashcam sees more
// than each of them could.
func (s *signIn) choose(o *options, at surroundings) (out embedded.SignIn, why string) {
	out = embedded.SignIn{
		Mode: embedded.SignInMode(s.auth), TokenFile: s.tokenFile, PasswordHash: s.passwordHash, PasswordHashFile: s.passwordHashFile,
	}
	if s.auth != authAuto {
		return out, ""
	}
	// What is wrong with the address is said by those who listen.
	loopback, err := embedded.Loopback(o.listen)
	out.Mode = embedded.SignInToken
	switch {
	case s.passwordHash != "" || s.passwordHashFile != "":
		out.Mode = embedded.SignInPassword
	case s.tokenFile != "":
	case err == nil && !loopback:
		why = "others can connect"
	case o.expose.needsSignIn() != "":
		why = o.expose.needsSignIn()
	case o.demo: // there is nothing to protect
		out.Mode = embedded.SignInNone
	case at.root:
		why = "dashcam runs as root, and every user of this machine can connect (--auth none asks nobody)"
	case at.hidepid:
		why = "this machine hides processes of others (hidepid), and every user of it can connect (--auth none asks nobody)"
	case at.ptrace:
		why = "dashcam may look into all processes (CAP_SYS_PTRACE), and every user of this machine can connect (--auth none asks nobody)"
	case at.syslog:
		why = "dashcam may read the log of the kernel (CAP_SYSLOG), and every user of this machine can connect (--auth none asks nobody)"
	default:
		out.Mode = embedded.SignInNone
	}
	return out, why
}
