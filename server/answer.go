package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/klauspost/compress/gzip"
	"github.com/valyala/fasthttp"
)

// maxWhole is how long a text may be that is written in one part, with its length.
const maxWhole = 64 << 10

// maxOldClient is how long an answer by HTTP/1.0 may be, which knows no chunks.
const maxOldClient = 1 << 20

// answerBuffer is what the kernel keeps of a long answer that its reader has not taken.
const answerBuffer = 128 << 10

// long answers with a text that comes in parts, each valid until the next is asked
// for. Only one part of it is in memory: the next is made when the client has taken
// the one before. A client that goes away, or that takes too little, ends the work. An
// error before the first part is the answer; a later one cuts the answer off, so that
// nobody takes half of it for the whole.
func (s *Server) long(c *fiber.Ctx, l *load, contentType string, level int, parts iter.Seq2[[]byte, *apiError]) *apiError {
	ctx := c.Context()
	client := s.client(ctx)
	if e := l.begin(client); e != nil {
		return e
	}
	next, stop := iter.Pull2(parts)
	a := &answer{load: l, log: s.log, conn: ctx.Conn(), client: client, next: next, stop: stop}
	handedOver := false
	defer func() {
		if !handedOver {
			_ = a.Close() // it has no error
		}
	}()
	whole := maxWhole
	if !ctx.Request.Header.IsHTTP11() {
		whole = maxOldClient
	}
	begun, more, e := a.begin(whole)
	switch {
	case e != nil:
		return e
	case !more && len(begun) <= maxWhole:
		writeBodyLevel(ctx, contentType, begun, level)
		return nil
	case more && whole == maxOldClient:
		return &apiError{
			status: fasthttp.StatusHTTPVersionNotSupported, Code: "http_version", Message: "the answer is too long for HTTP/1.0",
			Expected: "the same question by HTTP/1.1, or a shorter one",
		}
	}
	h := answerHeaders(ctx, contentType)
	a.text = begun
	size := -1
	switch {
	case !more:
		size = len(begun)
	case acceptable(string(ctx.Request.Header.Peek(fasthttp.HeaderAcceptEncoding)), "gzip") > 0:
		h.Set(fasthttp.HeaderContentEncoding, "gzip")
		a.pack(level)
	}
	if ctx.IsHead() {
		// A stream of no known length would still send the end of its chunks, which the
		// client takes for the beginning of the next answer.
		h.SetContentLength(size)
		ctx.Response.SkipBody = true
		return nil
	}
	if b, ok := underneath(a.conn).(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = b.SetWriteBuffer(answerBuffer) // it only takes more memory otherwise
	}
	handedOver = true
	ctx.Response.SetBodyStream(a, size)
	return nil
}

// answer is a long answer under way. It belongs to the goroutine of its connection.
type answer struct {
	load   *load
	log    *slog.Logger
	conn   net.Conn
	client netip.Addr
	next   func() ([]byte, *apiError, bool)
	stop   func()
	// text is what has been made and not been read; with packed it is compressed.
	text   []byte
	packed *packed
	ended  bool
	closed bool
	// waited is how long the reader let us wait for it since the beginning, written how
	// much it has taken meanwhile. handed is when it was given the last part.
	waited  time.Duration
	written int
	handed  time.Time
}

// The reasons for which an answer is cut off. fasthttp does not log those that are like
// what a connection says of itself.
var (
	errTooSlow    = fmt.Errorf("the reader takes too little: %w", os.ErrDeadlineExceeded)
	errClientGone = fmt.Errorf("the client is gone: %w", syscall.EPIPE)
	errNoTurn     = fmt.Errorf("other answers take all of the time: %w", os.ErrDeadlineExceeded)
)

// begin makes the beginning of the text: all of it, if it is not longer than that.
func (a *answer) begin(whole int) (text []byte, more bool, e *apiError) {
	for {
		part, ok, err := a.part()
		var refused *apiError
		switch {
		case errors.As(err, &refused):
			return nil, false, refused
		case errors.Is(err, errNoTurn):
			return nil, false, errBusy("too many long answers are being made", a.load.wait)
		case err != nil: // nobody reads it
			return nil, false, errBusy("the client is gone", a.load.wait)
		case !ok:
			return text, false, nil
		}
		if text = append(text, part...); len(text) > whole {
			return text, true, nil
		}
	}
}

// part makes the next part when it is its turn; ok is false behind the last one.
func (a *answer) part() (text []byte, ok bool, err error) {
	if a.ended {
		return nil, false, nil
	}
	if peerGone(a.conn) {
		return nil, false, errClientGone
	}
	defer func() {
		if r := recover(); r != nil {
			a.log.Error("answer panicked", "panic", r, "stack", string(debug.Stack()))
			err = errInternal()
		}
	}()
	var e *apiError
	if !a.load.compute(func() { text, e, ok = a.next() }) {
		return nil, false, errNoTurn
	}
	if e != nil {
		return nil, false, e
	}
	a.ended = !ok
	return text, ok, nil
}

// Read gives the next part of the text to the connection, which has taken the one
// before.
func (a *answer) Read(p []byte) (int, error) {
	if !a.handed.IsZero() {
		a.waited += time.Since(a.handed)
	}
	left := a.load.grace + time.Duration(a.written)*time.Second/time.Duration(a.load.bytesPerSecond) - a.waited
	if left <= 0 {
		return 0, errTooSlow
	}
	for len(a.text) == 0 {
		if a.ended && (a.packed == nil || a.packed.closed) {
			return 0, io.EOF
		}
		if err := a.refill(); err != nil {
			return 0, fmt.Errorf("make the next part of an answer: %w", err)
		}
	}
	n := copy(p, a.text)
	a.text = a.text[n:]
	a.written += n
	a.handed = time.Now()
	return n, a.conn.SetWriteDeadline(a.handed.Add(left))
}

func (a *answer) refill() error {
	a.load.pause()
	text, ok, err := a.part()
	if err != nil {
		return err
	}
	if a.packed == nil {
		a.text = text
		return nil
	}
	if ok {
		a.text, err = a.packed.add(text)
	} else {
		a.text, err = a.packed.close()
	}
	return err
}

// pack compresses the text from its beginning on.
func (a *answer) pack(level int) {
	a.packed = newPacked(level)
	text, err := a.packed.add(a.text)
	if err != nil { // a buffer takes everything
		panic(err)
	}
	a.text = text
}

// Close ends the work. fasthttp calls it when the answer has been written and when it
// could not be.
func (a *answer) Close() error {
	if a.closed {
		return nil
	}
	a.closed = true
	a.stop()
	if a.packed != nil {
		a.packed.free()
	}
	a.load.end(a.client)
	return nil
}

// packed compresses a text part by part.
type packed struct {
	level  int
	out    bytes.Buffer
	zip    *gzip.Writer
	closed bool
}

var zips [gzip.BestCompression + 1]sync.Pool // *gzip.Writer by level: each has several hundred KB

func newPacked(level int) *packed {
	p := &packed{level: level}
	if z, ok := zips[level].Get().(*gzip.Writer); ok {
		z.Reset(&p.out)
		p.zip = z
		return p
	}
	z, err := gzip.NewWriterLevel(&p.out, level)
	if err != nil { // the levels are constants here
		panic(err)
	}
	p.zip = z
	return p
}

// add returns what is ready, which is valid until the next call.
func (p *packed) add(text []byte) ([]byte, error) {
	p.out.Reset()
	_, err := p.zip.Write(text)
	return p.out.Bytes(), err
}

func (p *packed) close() ([]byte, error) {
	p.out.Reset()
	p.closed = true
	err := p.zip.Close()
	return p.out.Bytes(), err
}

func (p *packed) free() { zips[p.level].Put(p.zip) }
