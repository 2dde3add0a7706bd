package segment

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type memoryFile struct{ bytes.Buffer }

func (*memoryFile) Sync() error  { return nil }
func (*memoryFile) Close() error { return nil }

// stretch is a part of a file that holds no whole record.
type stretch struct{ From, To int64 }

type found struct {
	Kind    byte
	Offset  int64
	Payload string
}

// write makes a file of records with the given payloads.
func write(t testing.TB, number uint64, payloads ...string) ([]byte, []found) {
	t.Helper()
	var f memoryFile
	w := NewWriter(&f, Header{Kind: 'b', Number: number}, 0)
	var all []found
	for i, p := range payloads {
		kind := byte('A' + i%26)
		offset, err := w.Append(kind, []byte(p))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found{kind, offset, p})
		if i%3 == 2 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if w.Size() != int64(f.Len()) {
		t.Fatalf("the writer counts %d bytes of %d", w.Size(), f.Len())
	}
	return f.Bytes(), all
}

func scan(b []byte, number uint64) (all []found, end int64, damaged []stretch) {
	end = Scan(b, number, func(kind byte, offset int64, p []byte) {
		all = append(all, found{kind, offset, string(p)})
	}, func(from, to int64) { damaged = append(damaged, stretch{from, to}) })
	return all, end, damaged
}

func payloads(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]string, n)
	for i := range out {
		b := make([]byte, r.IntN(60))
		for k := range b {
			b[k] = byte(r.Uint32())
		}
		out[i] = string(b)
	}
	return out
}

func TestScan_FindsWhatIsWhole(t *testing.T) {
	b, want := write(t, 7, payloads(20)...)
	got, end, damaged := scan(b, 7)
	if diff := cmp.Diff(want, got); diff != "" || end != int64(len(b)) || damaged != nil {
		t.Errorf("end %d of %d, damaged %v, records (-want +got):\n%s", end, len(b), damaged, diff)
	}
	if got, _, _ := scan(b, 8); got != nil {
		t.Errorf("%d records pass for those of another file", len(got))
	}
}

// TestScan_CutAtEveryByte would fail if a torn record were taken for a whole one, or a
// whole one lost.
func TestScan_CutAtEveryByte(t *testing.T) {
	b, want := write(t, 7, payloads(12)...)
	for cut := range b {
		whole, end := 0, int64(min(cut, HeaderSize))
		for _, f := range want {
			if next := f.Offset + HeadSize + int64(len(f.Payload)); next <= int64(cut) {
				whole++
				end = next
			}
		}
		got, gotEnd, damaged := scan(b[:cut], 7)
		if len(got) != whole || gotEnd != end || damaged != nil {
			t.Fatalf("cut at %d: %d records to %d, damaged %v; want %d to %d", cut, len(got), gotEnd, damaged, whole, end)
		}
	}
}

// TestScan_LosesOneRecordToOneByte flips every bit.
func TestScan_LosesOneRecordToOneByte(t *testing.T) {
	b, want := write(t, 7, payloads(8)...)
	for at := HeaderSize; at < len(b); at++ {
		for bit := range 8 {
			hurt := bytes.Clone(b)
			hurt[at] ^= 1 << bit
			got, end, damaged := scan(hurt, 7)
			var left []found
			last := want[len(want)-1]
			inLast := int64(at) >= last.Offset
			for _, f := range want {
				if int64(at) < f.Offset || int64(at) >= f.Offset+HeadSize+int64(len(f.Payload)) {
					left = append(left, f)
				}
			}
			if diff := cmp.Diff(left, got); diff != "" {
				t.Fatalf("byte %d, bit %d: records (-want +got):\n%s", at, bit, diff)
			}
			if inLast && (damaged != nil || end != last.Offset) || !inLast && (len(damaged) != 1 || end != int64(len(b))) {
				t.Fatalf("byte %d, bit %d: end %d, damaged %v", at, bit, end, damaged)
			}
		}
	}
}

func TestTrailer_NamesTheIndex(t *testing.T) {
	b, _ := write(t, 7, "one", "index")
	b = AppendTrailer(b, 7, HeaderSize+HeadSize+3)
	last := b[len(b)-TrailerSize:]
	if at, ok := ParseTrailer(last, 7, int64(len(b))); !ok || at != HeaderSize+HeadSize+3 {
		t.Errorf("index at %d, %t", at, ok)
	}
	if _, ok := ParseTrailer(last, 8, int64(len(b))); ok {
		t.Error("the trailer of another file passes")
	}
	for i := range last {
		hurt := bytes.Clone(last)
		hurt[i] ^= 1
		if at, ok := ParseTrailer(hurt, 7, int64(len(b))); ok {
			t.Errorf("with byte %d damaged the index is at %d", i, at)
		}
	}
}

func TestParseHeader_SaysWhatItIs(t *testing.T) {
	good := AppendHeader(nil, Header{Kind: 'b', Number: 12})
	if h, err := ParseHeader(good); err != nil || h != (Header{'b', 12}) {
		t.Errorf("header %+v, %v", h, err)
	}
	for i := range good {
		hurt := bytes.Clone(good)
		hurt[i] ^= 1
		if _, err := ParseHeader(hurt); !errors.Is(err, ErrForeign) {
			t.Errorf("byte %d damaged: %v", i, err)
		}
	}
	for version, want := range map[byte]string{0: "written by an older dashcam", 9: "written by a newer dashcam"} {
		other := bytes.Clone(good[:28])
		other[8] = version
		sum := Checksum(other)
		other = append(other, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
		_, err := ParseHeader(other)
		var v *VersionError
		if !errors.As(err, &v) || !strings.Contains(err.Error(), want) {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

func TestWriter_RefusesARecordThatIsTooLong(t *testing.T) {
	w := NewWriter(&memoryFile{}, Header{}, 0)
	if _, err := w.Append('x', make([]byte, MaxPayload+1)); err == nil {
		t.Error("no error")
	}
}

// FuzzScan looks for crashes, for records that are not in the file, and for memory
// beyond its size: payloads are parts of it.
func FuzzScan(f *testing.F) {
	b, _ := write(f, 1, payloads(5)...)
	f.Add(b)
	f.Add(b[:len(b)-3])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		last := int64(0)
		var damaged []stretch
		end := Scan(b, 1, func(_ byte, offset int64, p []byte) {
			if offset < last || offset+HeadSize+int64(len(p)) > int64(len(b)) {
				t.Fatalf("record at %d with %d bytes in a file of %d", offset, len(p), len(b))
			}
			last = offset + HeadSize + int64(len(p))
		}, func(from, to int64) { damaged = append(damaged, stretch{from, to}) })
		if end > int64(len(b)) || end < last {
			t.Fatalf("end %d of %d, last record ends at %d", end, len(b), last)
		}
		for _, d := range damaged {
			if d.From >= d.To || d.To > end {
				t.Fatalf("damage %+v in a file that ends at %d", d, end)
			}
		}
	})
}
