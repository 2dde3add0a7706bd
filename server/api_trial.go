package server

import (
	"context"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/time/rate"

	"dashcam/collectors/alert"
)

// Test messages that may be sent at once, how often after that, and how long receivers have.
const (
	trialsAtOnce = 2
	trialsEvery  = 30 * time.Second
	trialTime    = 20 * time.Second
)

func newTrials() *rate.Limiter { return rate.NewLimiter(rate.Every(trialsEvery), trialsAtOnce) }

// Trier sends a test message to the receivers of the configuration. Deliveries that have it
// are asked.
type Trier interface {
	Try(ctx context.Context) []alert.Tried
}

// trial has a test message sent. Nothing of the request goes into it, nor says who gets it.
func (s *Server) trial(ctx *fasthttp.RequestCtx) *apiError {
	trier, ok := s.cfg.Deliveries.(Trier)
	if !ok {
		return &apiError{status: fasthttp.StatusNotFound, Code: "not_found", Message: "nobody is told of alerts here", Expected: "receivers in the configuration (--notify-file)"}
	}
	if !s.trials.Allow() {
		return &apiError{
			status: fasthttp.StatusTooManyRequests, Code: "too_many_tests", Message: "too many test messages at the moment",
			Expected: strconv.Itoa(trialsAtOnce) + " at once and one in 30 s", header: [2]string{fasthttp.HeaderRetryAfter, "30"},
		}
	}
	s.log.Info("test message sent to receivers", "peer", s.client(ctx).String())
	within, done := context.WithTimeout(context.Background(), trialTime)
	defer done()
	writeJSON(ctx, struct {
		Tried []alert.Tried `json:"tried"`
	}{trier.Try(within)})
	return nil
}
