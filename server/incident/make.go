package incident

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"dashcam/collectors"
)

// Format is the version of the files that [Make] makes.
const Format = 1

// The bounds of a file. MaxSpan is five times what a person looks at in an incident, and
// MaxRows what it has at an interval of 1 s.
const (
	MaxSpan   = 2 * time.Hour
	MaxRows   = 7200
	MaxEvents = 5000
)

// Options say what is wanted.
type Options struct {
	// From and To are Unix milliseconds, To exclusive.
	From, To int64
	Mask     Mask
	// Interval is the time between rows, 1 s by default.
	Interval time.Duration
	// Version is that of the program.
	Version string
	// Health is what the collectors said last.
	Health []collectors.Health
	// Now is when the file is made; the zero value means now.
	Now time.Time
}

var (
	// ErrNothing says that no row is remembered of the time that was asked for.
	ErrNothing = errors.New("nothing is remembered of this time")
	// ErrTooLong says that a time is too long for a file.
	ErrTooLong = fmt.Errorf("too long for a file, which holds at most %d h and %d rows", MaxSpan/time.Hour, MaxRows)
)

func (o *Options) validate() error {
	if o.To <= o.From {
		return fmt.Errorf("the time ends at %d and begins at %d: expected an end behind the beginning", o.To, o.From)
	}
	if time.Duration(o.To-o.From) > MaxSpan/time.Millisecond {
		return ErrTooLong
	}
	return nil
}

func (o *Options) window() collectors.Window { return collectors.Window{From: o.From, To: o.To} }

// Head is what a file says of itself, before anything of it is unpacked.
type Head struct {
	Format int `json:"format"`
	// Version is that of the dashcam that made it, Made when, in Unix milliseconds.
	Version string `json:"version"`
	Made    int64  `json:"made"`
	Host    string `json:"host"`
	// From and To are the time that was asked for.
	From int64 `json:"from"`
	To   int64 `json:"to"`
	// Masked are the kinds of names that were replaced.
	Masked       []string `json:"masked"`
	Rows         int      `json:"rows"`
	Series       int      `json:"series"`
	Observations int      `json:"observations"`
	Events       int      `json:"events"`
	// Bytes is the length of the lines, SHA256 the checksum of what is packed.
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Incident is a stretch of time that was taken out of a source.
type Incident struct {
	Head Head
	// packed are the lines, in gzip.
	packed []byte
}

// Make takes a stretch of time out of a source. The error is [ErrNothing], [ErrTooLong],
// one of the context or one of reading.
func Make(ctx context.Context, from collectors.Source, o Options) (*Incident, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	// What it is compared with is read for its names, too: they stand in what changed.
	s, err := scan(ctx, from, collectors.Window{From: baseOf(o.From, o.To), To: o.To}, o.Mask)
	if err != nil {
		return nil, err
	}
	out := &Incident{Head: Head{
		Format: Format, Version: o.Version, Made: o.Now.UnixMilli(), Host: s.Info().Hostname,
		From: o.From, To: o.To, Masked: o.Mask.Kinds(),
	}}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := &writer{source: s, o: o, head: &out.Head, out: z}
	if err := errors.Join(w.write(ctx), z.Close()); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(packed.Bytes())
	out.packed, out.Head.SHA256 = packed.Bytes(), hex.EncodeToString(sum[:])
	return out, nil
}
