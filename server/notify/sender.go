package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// Sender sends messages to one receiver. Every error is a [*SendError].
type Sender interface {
	Send(ctx context.Context, m *Message) error
}

// SendError says why a message was not delivered, in words that hold nothing of the
// receiver's address: it may be a secret.
type SendError struct {
	// Text is what happened: "answers 503", "connection refused".
	Text string
	// Lost says that the message may have arrived although no answer came.
	Lost bool
	// Refused says that the receiver will never take this message.
	Refused bool
	// After is how long the receiver wants to be left alone, 0 where it did not say.
	After time.Duration
}

func (e *SendError) Error() string { return e.Text }

// sendErrorOf makes any error one that may be shown.
func sendErrorOf(err error) *SendError {
	var known *SendError
	if errors.As(err, &known) {
		return known
	}
	return &SendError{Text: Reason(err)}
}

// Reason says in a few words why a connection failed. It never repeats the text of an
// error, which may hold an address with a secret in it.
func Reason(err error) string {
	var (
		dns         *net.DNSError
		authority   x509.UnknownAuthorityError
		name        x509.HostnameError
		invalid     x509.CertificateInvalidError
		certificate *tls.CertificateVerificationError
		alert       tls.AlertError
		record      tls.RecordHeaderError
		timeout     net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return "there is no host of this name"
		}
		return "the name of the host cannot be looked up"
	case errors.As(err, &authority):
		return "its certificate is of an unknown authority"
	case errors.As(err, &name):
		return "its certificate is for another name"
	case errors.As(err, &invalid):
		return "its certificate is not valid"
	case errors.As(err, &certificate):
		return "its certificate cannot be verified"
	case errors.As(err, &alert), errors.As(err, &record):
		return "it does not speak TLS as expected"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was cut"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the host cannot be reached"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	}
	return "the connection failed"
}

// answered makes an error of the status of an answer, nil where the receiver took the
// message.
func answered(status int, after time.Duration) error {
	if status/100 == 2 {
		return nil
	}
	return AnswerError(status, after)
}

// AnswerError is what an answer means that is none of success.
func AnswerError(status int, after time.Duration) *SendError {
	e := &SendError{Text: fmt.Sprintf("answers %d", status), After: after}
	switch {
	case status/100 == 3:
		e.Text += ", a redirect: expected the address that it leads to"
	case status == 400 || status == 413 || status == 422:
		e.Refused = true
	case status == 502 || status == 504:
		e.Lost = true // who stands behind may have it
	}
	return e
}
