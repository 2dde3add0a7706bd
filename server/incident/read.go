package incident

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// What a file may take; one that [Make] made takes a tenth of it.
const (
	MaxFile      = 64 << 20
	maxSeries    = 20_000
	maxCells     = 40_000_000
	maxTableRows = 4_000_000
)

// unpacking bounds what a file unpacks to.
type unpacking struct{ whole, line int }

var bounded = unpacking{whole: 256 << 20, line: 32 << 20}

var (
	// ErrNoIncident says that a file is something else.
	ErrNoIncident = errors.New("not an incident's file: expected one that dashcam incident made")
	// ErrDamaged says that a file is not as it was made.
	ErrDamaged = errors.New("damaged: it is not as it was made")
	// ErrLater says that a file is of a later format.
	ErrLater = errors.New("made by a later dashcam")
)

// Read reads a file. What is wrong with one is said in a line: [ErrNoIncident],
// [ErrDamaged] or [ErrLater], with what was found.
func Read(in io.Reader) (*Recording, error) { return bounded.read(in) }

func (u unpacking) read(in io.Reader) (*Recording, error) {
	file, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(file) > MaxFile:
		return nil, fmt.Errorf("%w: it has more than %d MiB", ErrNoIncident, MaxFile>>20)
	}
	head, packed, err := cut(file)
	if err != nil {
		return nil, err
	}
	r := newReader(head)
	if err := r.lines(packed, u); err != nil {
		return nil, err
	}
	return r.recording()
}

// cut takes the two parts out of a file.
func cut(file []byte) (*Head, []byte, error) {
	text, rest, ok := element(file, headBegins)
	if !ok {
		return nil, nil, ErrNoIncident
	}
	head := &Head{}
	if err := json.Unmarshal(text, head); err != nil {
		return nil, nil, fmt.Errorf("%w: its head cannot be read", ErrDamaged)
	}
	switch {
	case head.Format > Format:
		return nil, nil, fmt.Errorf("%w: its format is %d, this one (%d at most) reads older ones", ErrLater, head.Format, Format)
	case head.Format < 1:
		return nil, nil, fmt.Errorf("%w: its format is %d", ErrDamaged, head.Format)
	}
	text, _, ok = element(rest, linesBegins)
	if !ok {
		return nil, nil, fmt.Errorf("%w: its end is missing", ErrDamaged)
	}
	packed := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(packed, text)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: its lines cannot be read", ErrDamaged)
	}
	packed = packed[:n]
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != head.SHA256 {
		return nil, nil, fmt.Errorf("%w: its checksum is another", ErrDamaged)
	}
	return head, packed, nil
}

// element returns what stands between a tag and the end of a script.
func element(file []byte, begins string) (text, rest []byte, ok bool) {
	_, text, ok = bytes.Cut(file, []byte(begins))
	if !ok {
		return nil, nil, false
	}
	return bytes.Cut(text, []byte(scriptEnds))
}

// lines reads what was packed.
func (r *reader) lines(packed []byte, most unpacking) error {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("%w: its lines cannot be unpacked", ErrDamaged)
	}
	unpacked := &io.LimitedReader{R: z, N: int64(most.whole) + 1}
	scanner := bufio.NewScanner(unpacked)
	scanner.Buffer(make([]byte, 0, 1<<20), most.line)
	for n := 1; scanner.Scan(); n++ {
		if err := r.line(scanner.Bytes()); err != nil {
			return fmt.Errorf("%w: line %d: %w", ErrDamaged, n, err)
		}
	}
	if unpacked.N <= 0 {
		return fmt.Errorf("%w: it unpacks to more than %d MiB", ErrDamaged, most.whole>>20)
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("%w: its lines cannot be unpacked: %w", ErrDamaged, err)
	}
	return nil
}
