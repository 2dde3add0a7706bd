package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"math"
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"golang.org/x/time/rate"

	"dashcam/collectors"
)

const (
	methodsOfEvents = "GET, HEAD, POST"

	// defaultEvents and maxEvents are how many events one answer has.
	defaultEvents = 1000
	maxEvents     = 10_000
)

// Marks that may be left at once, and how often after that.
const (
	marksAtOnce = 30
	marksEvery  = time.Second
)

func newMarks() *rate.Limiter { return rate.NewLimiter(rate.Every(marksEvery), marksAtOnce) }

// events answers what happened, and takes marks.
func (s *Server) events(c *fiber.Ctx) *apiError {
	if c.Method() == fiber.MethodPost {
		return takes(s.mark)(c)
	}
	return takes(s.apiEvents, "from", "to", "kind*", "limit")(c)
}

// apiEvents answers with the newest events of a time, oldest first.
func (s *Server) apiEvents(c *fiber.Ctx) *apiError {
	q := s.queryOf(c.Context())
	w := collectors.Window{From: q.time("from"), To: q.time("to")}
	limit := int(q.integer("limit", defaultEvents, maxEvents))
	kinds := q.words("kind")
	if q.err == nil && w.To > 0 && w.To <= w.From {
		q.fail(badParameter("to", string(c.Context().QueryArgs().Peek("to")), "a time after from"))
	}
	if q.err != nil {
		return q.err
	}
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		events, more, err := newestEvents(context.Background(), s.ring, w, kinds, limit)
		if err != nil {
			yield(nil, s.unread(err))
			return
		}
		body, err := json.Marshal(struct {
			Events []collectors.Event `json:"events"`
			More   bool               `json:"more,omitempty"`
		}{events, more})
		if err != nil { // it is texts and numbers
			panic(err)
		}
		yield(append(body, '\n'), nil)
	})
}

// words returns the values of a parameter that may be given several times, none of them
// empty; nil where it is absent.
func (q *query) words(name string) (words []string) {
	for _, v := range q.args.PeekMulti(name) {
		for word := range strings.SplitSeq(string(v), ",") {
			if word == "" {
				q.fail(badParameter(name, string(v), "one or several names, with commas between"))
			}
			words = append(words, word)
		}
	}
	return words
}

// isKind reports whether a kind is one of those that are wanted: without any all are, and
// one with a minus before it is not.
func isKind(kind string, wanted []string) bool {
	named := false
	for _, w := range wanted {
		name, without := strings.CutPrefix(w, "-")
		if name == kind {
			return !without
		}
		named = named || !without
	}
	return !named
}

// newestEvents returns the newest events of a window, oldest first, never nil, and
// whether there are older ones. It looks further and further back, because files of old
// ones are read for nothing where there are enough new ones.
func newestEvents(ctx context.Context, source collectors.Source, w collectors.Window, kinds []string, limit int) (found []collectors.Event, more bool, err error) {
	end := w.To
	if end == 0 {
		end = time.Now().UnixMilli()
	}
	for span, to := time.Hour.Milliseconds(), w.To; ; span *= 4 {
		part := collectors.Window{From: max(w.From, end-span), To: to}
		if part.From < 0 || span > math.MaxInt64/8 {
			part.From = w.From
		}
		var some []collectors.Event
		for e, err := range source.Events(ctx, part) {
			if err != nil {
				return nil, false, err
			}
			if isKind(e.Kind, kinds) {
				some = append(some, e)
			}
		}
		found = append(some, found...)
		if len(found) > limit {
			return found[len(found)-limit:], true, nil
		}
		if part.From <= w.From {
			if found == nil {
				found = []collectors.Event{}
			}
			return found, false, nil
		}
		to = part.From
		end = part.From
	}
}

// markBody is what leaves a mark.
type markBody struct {
	Text  string                `json:"text"`
	Level collectors.EventLevel `json:"level"`
	About collectors.About      `json:"about"`
}

const markExpected = `{"text":"deploy 4711"} and perhaps "level" (info, warning, critical) and "about" ("kind", "name", "pid", "service")`

// mark takes an event from a person or a program. It is the one thing beside sessions that
// anybody changes, and changes nothing of the host.
func (s *Server) mark(c *fiber.Ctx) *apiError {
	ctx := c.Context()
	if s.cfg.Post == nil {
		return errMethod(methodsOfQuestions)
	}
	if s.otherOrigin(ctx) {
		return &apiError{status: fasthttp.StatusForbidden, Code: "origin", Message: "pages of other origins may only ask", Expected: "this server's own page, or no page"}
	}
	body, e := readMark(ctx)
	if e != nil {
		return e
	}
	if !s.marks.Allow() {
		return &apiError{
			status: fasthttp.StatusTooManyRequests, Code: "too_many_marks", Message: "too many marks at the moment",
			Expected: "at most " + strconv.Itoa(marksAtOnce) + " at once and one a second", header: [2]string{fasthttp.HeaderRetryAfter, "1"},
		}
	}
	event := collectors.Event{
		ID: "mark-" + rand.Text(), Kind: collectors.EventMark, Text: body.Text, Level: body.Level, About: body.About, Source: "api",
	}
	s.cfg.Post(event)
	s.log.Info("mark left", "peer", s.client(ctx).String(), "text", body.Text)
	ctx.SetStatusCode(fasthttp.StatusCreated)
	writeJSON(ctx, struct {
		ID string `json:"id"`
	}{event.ID})
	return nil
}

func readMark(ctx *fasthttp.RequestCtx) (body markBody, e *apiError) {
	media, _, err := mime.ParseMediaType(string(ctx.Request.Header.ContentType()))
	if err != nil || media != "application/json" {
		return body, &apiError{status: fasthttp.StatusUnsupportedMediaType, Code: "content_type", Message: "the body is no JSON", Expected: "Content-Type: application/json"}
	}
	bad := func(message string) *apiError {
		return &apiError{status: fasthttp.StatusBadRequest, Code: "bad_body", Message: message, Expected: markExpected}
	}
	dec := json.NewDecoder(bytes.NewReader(ctx.Request.Body()))
	dec.DisallowUnknownFields()
	if dec.Decode(&body) != nil || dec.More() {
		return body, bad("the body is not understood")
	}
	known := []collectors.EventLevel{"", collectors.LevelInfo, collectors.LevelWarning, collectors.LevelCritical}
	switch {
	case strings.TrimSpace(body.Text) == "":
		return body, bad("text is empty")
	case len(body.Text) > collectors.MaxEventText:
		return body, bad("text has " + strconv.Itoa(len(body.Text)) + " bytes, of at most " + strconv.Itoa(collectors.MaxEventText))
	case !slices.Contains(known, body.Level):
		return body, bad("level is " + quote(string(body.Level)))
	}
	return body, nil
}
