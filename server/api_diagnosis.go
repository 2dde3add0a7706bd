package server

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors/diagnosis"
)

// verdicts keeps that of the newest row, for which every open page asks.
type verdicts struct {
	mu   sync.Mutex
	seq  uint64
	body []byte
}

// apiVerdict says what is wrong with the host at a moment, or now.
func (s *Server) apiVerdict(c *fiber.Ctx) *apiError {
	q := s.queryOf(c.Context())
	at := q.time("at")
	if q.err != nil {
		return q.err
	}
	return s.diagnosis(c, func(ctx context.Context) ([]byte, error) {
		if at > 0 {
			return s.verdict(ctx, at)
		}
		newest := s.ring.Bounds().Newest
		s.verdicts.mu.Lock()
		defer s.verdicts.mu.Unlock()
		if s.verdicts.body == nil || s.verdicts.seq != newest {
			body, err := s.verdict(ctx, time.Now().UnixMilli())
			if err != nil {
				return nil, err
			}
			s.verdicts.seq, s.verdicts.body = newest, body
		}
		return s.verdicts.body, nil
	})
}

func (s *Server) verdict(ctx context.Context, at int64) ([]byte, error) {
	if known, ok := s.ring.(recorded); ok {
		if v, found := known.Verdict(at); found {
			return json.Marshal(v)
		}
	}
	v, err := diagnosis.Judge(ctx, s.ring, at)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// apiChanges says what is different in a stretch of time from the one before.
func (s *Server) apiChanges(c *fiber.Ctx) *apiError {
	q := s.queryOf(c.Context())
	from, to, base := q.time("from"), q.time("to"), q.time("base")
	if to == 0 {
		to = time.Now().UnixMilli()
	}
	args := c.Context().QueryArgs()
	switch {
	case q.err != nil:
	case from == 0:
		q.fail(badParameter("from", string(args.Peek("from")), "when the stretch begins, such as 15m"))
	case to <= from:
		q.fail(badParameter("to", string(args.Peek("to")), "a time after from"))
	case base >= from:
		q.fail(badParameter("base", string(args.Peek("base")), "a time before from"))
	}
	if q.err != nil {
		return q.err
	}
	if base == 0 {
		base = diagnosis.BaseOf(from, to)
	}
	return s.diagnosis(c, func(ctx context.Context) ([]byte, error) {
		changes, base, err := s.changes(ctx, from, to, base)
		if err != nil {
			return nil, err
		}
		if changes == nil {
			changes = []diagnosis.Change{}
		}
		return json.Marshal(struct {
			From    int64              `json:"from"`
			To      int64              `json:"to"`
			Base    int64              `json:"base"`
			Changes []diagnosis.Change `json:"changes"`
		}{from, to, base, changes})
	})
}

// changes also returns where the stretch before begins.
func (s *Server) changes(ctx context.Context, from, to, base int64) ([]diagnosis.Change, int64, error) {
	if known, ok := s.ring.(recorded); ok {
		if changes, since, found := known.Changes(from, to); found {
			return changes, since, nil
		}
	}
	changes, err := diagnosis.Changes(ctx, s.ring, from, to, base)
	return changes, base, err
}

// diagnosis answers with what is made when it is its turn.
func (s *Server) diagnosis(c *fiber.Ctx, make func(ctx context.Context) ([]byte, error)) *apiError {
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		body, err := make(context.Background())
		if err != nil {
			yield(nil, s.unread(err))
			return
		}
		yield(append(body[:len(body):len(body)], '\n'), nil)
	})
}
