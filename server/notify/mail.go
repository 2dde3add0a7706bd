package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// mailer sends mail by one server.
//
// The library that sends to the other channels has mail, too, but no deadline once it is
// connected, so that a server which does not greet would hold it for ever; one transaction
// for each recipient, of which some can be lost; and a subject that is not encoded.
type mailer struct {
	host, port string
	user       *url.Userinfo
	from       mail.Address
	to         []mail.Address
	// implicit TLS begins with the connection, plain never does.
	implicit, plain bool
	roots           *x509.CertPool
}

const (
	mailTime   = 30 * time.Second
	mostMailTo = 20
	mailForm   = "smtp://user:password@host:587/?from=dashcam@host&to=you@example.com" //nolint:gosec // an example
)

// newMailer reads smtp://user:password@host:587/?from=a@b&to=c@d,e@f and smtps://.
func newMailer(u *url.URL, roots *x509.CertPool) (*mailer, error) {
	m := &mailer{host: u.Hostname(), port: u.Port(), user: u.User, implicit: u.Scheme == "smtps", roots: roots}
	if m.host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("expected " + mailForm)
	}
	var from, to string
	for key, values := range u.Query() {
		value := values[len(values)-1]
		switch strings.ToLower(key) {
		case "from", "fromaddress":
			from = value
		case "to", "toaddresses":
			to = strings.Join(values, ",")
		case "fromname":
			m.from.Name = value
		case "encryption":
			switch strings.ToLower(value) {
			case "none":
				m.plain = true
			case "implicittls", "tls":
				m.implicit = true
			case "auto", "explicittls", "starttls":
			default:
				return nil, errors.New("encryption is not understood: expected tls, starttls or none")
			}
		default:
			return nil, fmt.Errorf("there is no parameter %q: expected from, to, fromname, encryption", clean(key, 20))
		}
	}
	if m.port == "" {
		m.port = "587"
		if m.implicit {
			m.port = "465"
		}
	}
	m.implicit = m.implicit || m.port == "465"
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("from is no mail address: expected " + mailForm)
	}
	m.from.Address = sender.Address
	for one := range strings.SplitSeq(to, ",") {
		a, err := mail.ParseAddress(strings.TrimSpace(one))
		if err != nil {
			return nil, errors.New("to is no list of mail addresses: expected " + mailForm)
		}
		m.to = append(m.to, *a)
	}
	if len(m.to) > mostMailTo {
		return nil, fmt.Errorf("to has %d addresses: expected at most %d", len(m.to), mostMailTo)
	}
	return m, nil
}

// Send makes one transaction for all recipients, so that it arrives at all or at none.
func (m *mailer) Send(ctx context.Context, msg *Message) (err error) {
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	conn, err := m.dial(ctx)
	if err != nil {
		return &SendError{Text: Reason(err)}
	}
	defer func() { _ = conn.Close() }() // it was quit, or broke
	// Whatever waits is woken when the time is over or nobody wants it any more.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return mailError("greeting", err)
	}
	if err := m.prepare(c); err != nil {
		return err
	}
	if err := c.Mail(m.from.Address); err != nil {
		return mailError("the sender", err)
	}
	for i := range m.to {
		if err := c.Rcpt(m.to[i].Address); err != nil {
			return mailError(fmt.Sprintf("recipient %d of %d", i+1, len(m.to)), err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return mailError("the message", err)
	}
	if _, err := w.Write(m.mail(msg)); err != nil {
		return mailError("the message", err) // it has not seen its end
	}
	if err := w.Close(); err != nil {
		lost := mailError("the message", err)
		var answer *textproto.Error
		lost.Lost = !errors.As(err, &answer)
		return lost
	}
	_ = c.Quit() // it was taken
	return nil
}

func (m *mailer) dial(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort(m.host, m.port)
	dialer := &net.Dialer{Timeout: connectTime}
	if m.implicit {
		return (&tls.Dialer{NetDialer: dialer, Config: m.tls()}).DialContext(ctx, "tcp", address)
	}
	return dialer.DialContext(ctx, "tcp", address)
}

func (m *mailer) tls() *tls.Config {
	return &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12, RootCAs: m.roots}
}

// prepare encrypts and signs in. What goes further than this machine is encrypted unless
// the address says otherwise.
func (m *mailer) prepare(c *smtp.Client) error {
	if err := c.Hello("localhost"); err != nil {
		return mailError("the greeting", err)
	}
	if !m.implicit && !m.plain {
		switch offered, _ := c.Extension("STARTTLS"); {
		case offered:
			if err := c.StartTLS(m.tls()); err != nil {
				return mailError("TLS", err)
			}
		case !isLocal(m.host):
			return &SendError{Text: "the server does not encrypt: expected STARTTLS, or encryption=none in the address"}
		}
	}
	if m.user == nil || m.user.Username() == "" {
		return nil
	}
	password, _ := m.user.Password()
	if err := c.Auth(smtp.PlainAuth("", m.user.Username(), password, m.host)); err != nil {
		return mailError("user and password", err)
	}
	return nil
}

// isLocal reports whether a host is this machine.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// mailError says which part was not taken, with the status of the answer alone.
func mailError(what string, err error) *SendError {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return &SendError{Text: fmt.Sprintf("%s: answers %d", what, answer.Code)}
	}
	return &SendError{Text: what + ": " + Reason(err)}
}

// mail is the message with its headers. The Message-ID is that of the notice, so that a
// program can tell that two are the same.
func (m *mailer) mail(msg *Message) []byte {
	var b strings.Builder
	to := make([]string, len(m.to))
	for i := range m.to {
		to[i] = m.to[i].String()
	}
	name := m.from.Name
	if name == "" {
		name = "dashcam " + msg.Host
	}
	from := mail.Address{Name: name, Address: m.from.Address}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	for _, header := range [][2]string{
		{"From", from.String()},
		{"To", strings.Join(to, ", ")},
		{"Subject", mime.QEncoding.Encode("utf-8", msg.Subject)},
		{"Date", time.UnixMilli(msg.AtMs).UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + msg.ID + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", `text/plain; charset="UTF-8"`},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		b.WriteString(header[0] + ": " + header[1] + "\r\n")
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(strings.ReplaceAll(msg.Text(), "\n", "\r\n") + "\r\n")) // into memory
	_ = q.Close()
	return []byte(b.String())
}
