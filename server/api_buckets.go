package server

import (
	"context"
	"errors"

	"github.com/valyala/fasthttp"

	"dashcam/collectors"
)

// cellsAtOnce is how many buckets times series of a line of CSV are in memory.
const cellsAtOnce = 16_000

// buckets answers a question. No context ends what is read: a client that goes away ends
// a long answer, see long, and a disk that does not answer gives an error by itself.
func (s *Server) buckets(q collectors.Query) (*collectors.Buckets, *apiError) {
	b, err := s.ring.Buckets(context.Background(), q)
	if err != nil {
		return nil, s.unread(err)
	}
	return b, nil
}

// unread is the answer when the past cannot be read.
func (s *Server) unread(err error) *apiError {
	if wrong, ok := errors.AsType[*collectors.QueryError](err); ok {
		return badParameter(wrong.Field, wrong.Got, wrong.Expected)
	}
	if errors.Is(err, collectors.ErrStoreBusy) {
		return &apiError{
			status: fasthttp.StatusServiceUnavailable, Code: "disk", Message: err.Error(),
			Expected: "a question about what is in memory, or a pause", header: [2]string{fasthttp.HeaderRetryAfter, "10"},
		}
	}
	s.log.Error("history not read", "err", err)
	return errInternal()
}
