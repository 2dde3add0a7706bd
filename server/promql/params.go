package promql

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
)

// apiError is an error as Prometheus' API tells it.
type apiError struct {
	status int
	kind   string
	text   string
}

func (e *apiError) Error() string { return e.text }

func badParameter(name, got, expected string) *apiError {
	return &apiError{http.StatusBadRequest, "bad_data", fmt.Sprintf("invalid parameter %q: got %q, expected %s", name, got, expected)}
}

func badData(name string, err error) *apiError {
	return &apiError{http.StatusBadRequest, "bad_data", fmt.Sprintf("invalid parameter %q: %v", name, err)}
}

// failed tells why a question was not answered, with the status that Prometheus gives.
func failed(err error) *apiError {
	var (
		tooMany  promql.ErrTooManySamples
		timeout  promql.ErrQueryTimeout
		canceled promql.ErrQueryCanceled
		stored   promql.ErrStorage
	)
	switch {
	case errors.As(err, &tooMany):
		return &apiError{http.StatusUnprocessableEntity, "execution", tooMany.Error() + ": ask for fewer series, a shorter range, or rate instead of a function over every value"}
	case errors.As(err, &timeout), errors.Is(err, context.DeadlineExceeded):
		return &apiError{http.StatusServiceUnavailable, "timeout", err.Error()}
	case errors.As(err, &canceled), errors.Is(err, context.Canceled):
		return &apiError{499, "canceled", err.Error()}
	case errors.As(err, &stored):
		return &apiError{http.StatusInternalServerError, "internal", err.Error()}
	}
	return &apiError{http.StatusUnprocessableEntity, "execution", err.Error()}
}

func writeError(err error) (int, []byte) {
	var e *apiError
	if !errors.As(err, &e) {
		e = failed(err)
	}
	body, err := asJSON(struct {
		Status string `json:"status"`
		Kind   string `json:"errorType"`
		Text   string `json:"error"`
	}{"error", e.kind, e.text})
	if err != nil { // it is strings
		panic(err)
	}
	return e.status, append(body, '\n')
}

// params reads parameters and keeps the first mistake.
type params struct {
	form url.Values
	err  error
}

func (p *params) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *params) required(name string) string {
	v := p.form.Get(name)
	if v == "" {
		p.fail(badParameter(name, "", "an expression"))
	}
	return v
}

// time reads a time as Prometheus does: Unix seconds, or RFC 3339.
func (p *params) time(name string, otherwise time.Time) time.Time {
	text := p.form.Get(name)
	if text == "" {
		return otherwise
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(s) < 1<<40 {
		whole, part := math.Modf(s)
		return time.Unix(int64(whole), int64(math.Round(part*1000))*int64(time.Millisecond)).UTC()
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t
	}
	p.fail(badParameter(name, text, "Unix seconds, or a time such as 2006-01-02T15:04:05Z"))
	return otherwise
}

func (p *params) requiredTime(name string) time.Time {
	if p.form.Get(name) == "" {
		p.fail(badParameter(name, "", "Unix seconds, or a time such as 2006-01-02T15:04:05Z"))
	}
	return p.time(name, time.Time{})
}

// duration reads a duration as Prometheus does: seconds, or 15s, 1h.
func (p *params) duration(name string) time.Duration {
	text := p.form.Get(name)
	if s, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(s) && math.Abs(s) < 1<<30 {
		return time.Duration(s * float64(time.Second))
	}
	if d, err := model.ParseDuration(text); err == nil {
		return time.Duration(d)
	}
	p.fail(badParameter(name, text, "seconds, or a duration such as 15s"))
	return 0
}

// limit reads how many series are wanted, 0 for all.
func (p *params) limit() int {
	text := p.form.Get("limit")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		p.fail(badParameter("limit", text, "a number that is not below 0"))
		return 0
	}
	return n
}

// timeout makes a context that ends when the question says so.
func (p *params) timeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.form.Get("timeout") == "" {
		return ctx, func() {}
	}
	d := p.duration("timeout")
	if p.err == nil && d <= 0 {
		p.fail(badParameter("timeout", p.form.Get("timeout"), "a duration above 0"))
	}
	return context.WithTimeout(ctx, d)
}
