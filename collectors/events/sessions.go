package events

import (
	"slices"
	"strings"

	"dashcam/collectors"
)

// sessionSource is what health calls the source of sessions.
const sessionSource = "D-Bus (logind)"

// session is a login, as org.freedesktop.login1(5) lists it.
type session struct {
	id, user string
	// class is "user" for a person, and another word for a job of cron, a greeter or a
	// service manager; service is who let them in: "sshd", "login" …
	class, service string
}

// sessions tells who logs in and out.
type sessions struct {
	fold  *folder
	known map[string]session // nil before the first list
}

// lacking returns the ids of a list that are not known yet.
func (s *sessions) lacking(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, there := s.known[id]; return there })
}

// listed takes the sessions that came since the last list, and the ids of all that there
// are.
func (s *sessions) listed(came []session, ids []string) {
	first := s.known == nil
	if first {
		s.known = make(map[string]session)
	}
	for _, one := range came {
		s.known[one.id] = one
		if !first {
			s.tell(one, "logged in")
		}
	}
	for id, one := range s.known {
		if !slices.Contains(ids, id) {
			delete(s.known, id)
			s.tell(one, "logged out")
		}
	}
}

// tell leaves out what is no person.
func (s *sessions) tell(one session, what string) {
	if one.class != "" && !strings.HasPrefix(one.class, "user") {
		return
	}
	text := one.user + " " + what
	same := text
	if one.service != "" && what == "logged in" {
		text += " by " + one.service
	}
	s.fold.addAs(collectors.Event{
		Kind: KindSession, Text: text + " (session " + one.id + ")", About: collectors.About{Kind: "user", Name: one.user}, Source: sessionSource,
	}, same)
}
