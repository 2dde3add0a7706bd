package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strconv"

	"dashcam/collectors/alert"
)

// Files opens the files of a directory that nobody else may write to, and puts one in the
// place of another.
type Files interface {
	Open(name string, flags int) (*os.File, error)
	// Replace gives the file from the name of another, so that it stays so after a power
	// cut.
	Replace(from, to string) error
}

// The files of the queue and of the key that signs links.
const (
	journalFile = "notifications.log"
	keyFile     = "notifications.key"
)

const (
	// maxJournal bounds what is read; compactAt is from which size on what is over is
	// left out.
	maxJournal = 64 << 20
	compactAt  = 4 << 20
	maxRecord  = 1 << 20
)

// What records say.
const (
	opNotice  = "notice"  // a notice was taken, for some receivers
	opMessage = "message" // what people will read
	opTry     = "try"     // an attempt begins: without a result, its answer was lost
	opResult  = "result"  // how it ended, or that there will be none
)

// record is a line of the journal.
type record struct {
	Op string `json:"op"`
	ID string `json:"id"`
	T  int64  `json:"t"`
	// Notice, To and Message are of the first two.
	Notice  *alert.Notice `json:"notice,omitempty"`
	To      []string      `json:"to,omitempty"`
	Message *Message      `json:"message,omitempty"`
	// Key is the receiver of the others, State and the rest how an attempt ended.
	Key   string              `json:"key,omitempty"`
	State alert.DeliveryState `json:"state,omitempty"`
	Tries int                 `json:"tries,omitempty"`
	Lost  int                 `json:"lost,omitempty"`
	Next  int64               `json:"next,omitempty"`
	Error string              `json:"error,omitempty"`
}

// line is a record as it stands in the file: a checksum, a blank, JSON, a line feed.
func (r *record) line() ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("write %s of notice %s: %w", r.Op, r.ID, err)
	}
	if len(text) > maxRecord {
		return nil, fmt.Errorf("write %s of notice %s: it has %d bytes, expected at most %d", r.Op, r.ID, len(text), maxRecord)
	}
	out := fmt.Appendf(nil, "%08x ", crc32.ChecksumIEEE(text))
	return append(append(out, text...), '\n'), nil
}

// readJournal returns the records of a journal, and how many lines are none. A last line
// that was cut off by a power cut is not counted: nobody was told that it stands.
func readJournal(text []byte) (records []record, damaged int) {
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		text = rest
		r, ok := parseRecord(line)
		switch {
		case ok && whole:
			records = append(records, r)
		case whole:
			damaged++
		}
	}
	return records, damaged
}

func parseRecord(line []byte) (r record, ok bool) {
	sum, text, ok := bytes.Cut(line, []byte{' '})
	if !ok || len(sum) != 8 {
		return r, false
	}
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if err != nil || uint32(want) != crc32.ChecksumIEEE(text) || json.Unmarshal(text, &r) != nil {
		return r, false
	}
	switch r.Op {
	case opNotice:
		return r, r.Notice != nil && r.Notice.ID == r.ID && r.ID != ""
	case opMessage:
		return r, r.Message != nil
	case opTry, opResult:
		return r, r.Key != ""
	}
	return r, false
}

// journal is the file to which what happens to notices is written before it is so.
type journal struct {
	files Files
	file  *os.File
	size  int64
}

// openJournal reads the journal and goes on behind its last whole record.
func openJournal(files Files) (j *journal, records []record, damaged int, err error) {
	f, err := files.Open(journalFile, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("open the queue of notifications: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxJournal))
	if err != nil {
		return nil, nil, 0, errors.Join(fmt.Errorf("read the queue of notifications: %w", err), f.Close())
	}
	records, damaged = readJournal(text)
	whole := int64(bytes.LastIndexByte(text, '\n') + 1)
	if whole < int64(len(text)) {
		if err := f.Truncate(whole); err != nil {
			return nil, nil, 0, errors.Join(fmt.Errorf("cut the queue of notifications: %w", err), f.Close())
		}
	}
	return &journal{files: files, file: f, size: whole}, records, damaged, nil
}

// write appends records, and returns when they are on the disk.
func (j *journal) write(records ...*record) error {
	if j == nil {
		return nil // nothing is kept
	}
	var all []byte
	for _, r := range records {
		line, err := r.line()
		if err != nil {
			return err
		}
		all = append(all, line...)
	}
	if _, err := j.file.Write(all); err != nil {
		// A part of a line would spoil the next one.
		return errors.Join(fmt.Errorf("write the queue of notifications: %w", err), j.file.Truncate(j.size))
	}
	j.size += int64(len(all))
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write the queue of notifications: %w", err)
	}
	return nil
}

// rewrite puts a journal with these records alone in the place of the file.
func (j *journal) rewrite(records []*record) error {
	const next = journalFile + ".new"
	f, err := j.files.Open(next, os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("write the queue of notifications: %w", err)
	}
	fresh := &journal{files: j.files, file: f}
	err = fresh.write(records...)
	if err == nil {
		err = j.files.Replace(next, journalFile)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	err = j.file.Close()
	j.file, j.size = f, fresh.size
	return err
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}

// readKey returns the key that signs links, made where there is none.
func readKey(files Files, fresh []byte) ([]byte, error) {
	f, err := files.Open(keyFile, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("open the key of silence links: %w", err)
	}
	key, err := io.ReadAll(io.LimitReader(f, keySize+1))
	if err == nil && len(key) != keySize {
		key = fresh
		if err = f.Truncate(0); err == nil {
			_, err = f.WriteAt(key, 0)
		}
		err = errors.Join(err, f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil && !errors.Is(err, fs.ErrClosed) {
		return nil, fmt.Errorf("read the key of silence links: %w", err)
	}
	return key, nil
}
