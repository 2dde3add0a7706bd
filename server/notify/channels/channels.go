package channels

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/matrix"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/teams"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/gotify"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/ntfy"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/pushover"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/specialized/generic"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"dashcam/collectors/alert"
	"dashcam/server/notify"
)

// channel is one of the services that are known.
type channel struct {
	// make returns a service that sends through the guard.
	make func() types.Service
	// form is what an address looks like.
	form string
	// titled services show the subject by themselves.
	titled bool
	// most bounds the bytes of a message; several of them would come in several parts.
	most int
	// escape keeps names of the host from being taken for markup or for a mention.
	escape func(string) string
	// urgent is the priority of what is critical, "" where there is none.
	urgent string
	// refused are parameters that are not taken, by what is wrong with them.
	refused map[string]string
	// logsIn has making it ask the service: then it is made for each message.
	logsIn bool
}

const verified = "certificates are always verified: SSL_CERT_FILE names further authorities"

// channels are all services by the scheme of their addresses. Each is one of which a test
// shows that all it sends passes the guard.
var channels = map[string]channel{
	"discord":  {make: func() types.Service { return &discord.Service{} }, form: "discord://TOKEN@WEBHOOK-ID", most: 1900, escape: discordText},
	"gotify":   {make: func() types.Service { return &gotify.Service{} }, form: "gotify://host/TOKEN", titled: true, most: 8000, urgent: "8", refused: map[string]string{"insecureskipverify": verified}},
	"matrix":   {make: func() types.Service { return &matrix.Service{} }, form: "matrix://:TOKEN@host/?rooms=!ROOM:host", most: 8000, logsIn: true},
	"ntfy":     {make: func() types.Service { return &ntfy.Service{} }, form: "ntfy://ntfy.sh/TOPIC", titled: true, most: 4000, urgent: "5", refused: map[string]string{"disabletlsverification": verified}},
	"pushover": {make: func() types.Service { return &pushover.Service{} }, form: "pushover://:TOKEN@USER/", titled: true, most: 1000, urgent: "1"},
	"slack":    {make: func() types.Service { return &slack.Service{} }, form: "slack://hook:TOKEN-TOKEN-TOKEN@webhook", most: 3500, escape: slackText}, //nolint:gosec // an example
	"teams":    {make: func() types.Service { return &teams.Service{} }, form: "teams://GROUP@TENANT/ALT-ID/GROUP-OWNER/EXTRA-ID?host=ORGANIZATION.webhook.office.com", most: 8000, escape: markdownText},
	"telegram": {make: func() types.Service { return &telegram.Service{} }, form: "telegram://TOKEN@telegram?chats=CHAT", most: 4000, refused: map[string]string{"parsemode": "messages are plain text"}},
	"generic":  {make: func() types.Service { return &generic.Service{} }, form: "generic://host/path?template=json", titled: true, most: 8000},
}

// Channels makes senders. There is one in a program.
type Channels struct {
	guard *guard
	// turn is taken by the call under way.
	turn chan struct{}
}

var _ notify.Channels = (*Channels)(nil)

// Open puts the guard in the place of http.DefaultTransport.
func Open() *Channels {
	c := through(notify.NewTransport(nil), http.DefaultTransport)
	http.DefaultTransport = c.guard
	return c
}

// through sends by a transport, and leaves the requests of others to another one.
func through(ours, others http.RoundTripper) *Channels {
	return &Channels{guard: &guard{ours: ours, others: others}, turn: make(chan struct{}, 1)}
}

// Sender returns one for an address such as ntfy://ntfy.sh/topic. Its errors say nothing of
// the address but its scheme.
func (c *Channels) Sender(address string) (notify.Sender, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("is no address")
	}
	scheme, _, _ := strings.Cut(strings.ToLower(u.Scheme), "+")
	ch, known := channels[scheme]
	if !known {
		return nil, fmt.Errorf("its scheme is not known: expected one of %s", strings.Join(knownSchemes(), ", "))
	}
	for key := range u.Query() {
		if why := ch.refused[strings.ToLower(key)]; why != "" {
			return nil, fmt.Errorf("%s: parameter %s is not taken: %s", scheme, strings.ToLower(key), why)
		}
	}
	s := &sender{channels: c, channel: ch, address: u}
	if ch.logsIn {
		if password, _ := u.User.Password(); password == "" || u.Host == "" {
			return nil, fmt.Errorf("%s is not understood: expected %s", scheme, ch.form)
		}
		return s, nil
	}
	if _, err := s.service(); err != nil { // what it says repeats the address
		return nil, fmt.Errorf("%s is not understood: expected %s", scheme, ch.form)
	}
	return s, nil
}

func knownSchemes() []string {
	known := []string{"alertmanager+https", "heartbeat+https", "https", "smtp"}
	for scheme := range channels {
		known = append(known, scheme)
	}
	slices.Sort(known)
	return known
}

// sender sends to one address.
type sender struct {
	channels *Channels
	channel  channel
	address  *url.URL
}

// service returns one that sends through the guard.
func (s *sender) service() (service types.Service, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("it panicked")
		}
	}()
	address := *s.address
	service = s.channel.make()
	if err := service.Initialize(&address, nil); err != nil {
		return nil, err
	}
	client := &http.Client{Transport: s.channels.guard}
	switch service := service.(type) {
	case *discord.Service:
		service.Config.SplitLines = false
		service.HTTPClient, service.Sleeper = client, awake{}
	case *ntfy.Service:
		service.SetHTTPClient(client)
	case *gotify.Service:
		*service.GetHTTPClient() = *client
	case *pushover.Service:
		service.Client = client
	}
	return service, nil
}

// awake does not sleep: there are no retries to wait for.
type awake struct{}

func (awake) Sleep(time.Duration) {}

// Send sends a message once.
func (s *sender) Send(ctx context.Context, m *notify.Message) error {
	select {
	case s.channels.turn <- struct{}{}:
	case <-ctx.Done():
		return &notify.SendError{Text: "stopped"}
	}
	defer func() { <-s.channels.turn }()
	c := &call{ctx: ctx}
	s.channels.guard.current.Store(c)
	defer s.channels.guard.current.Store(nil)
	if err := s.send(m); err != nil || c.badly() {
		return c.failure()
	}
	return nil
}

func (s *sender) send(m *notify.Message) (err error) {
	service, err := s.service()
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("it panicked")
		}
	}()
	params := types.Params{}
	text := m.Fit(s.channel.most, !s.channel.titled)
	if s.channel.titled {
		params["title"] = m.Subject
	}
	if s.channel.escape != nil {
		text = s.channel.escape(text)
	}
	if s.channel.urgent != "" && m.Level == alert.Critical && m.Status() == string(alert.NoticeFiring) && !s.address.Query().Has("priority") {
		params["priority"] = s.channel.urgent
	}
	return service.Send(text, &params)
}
