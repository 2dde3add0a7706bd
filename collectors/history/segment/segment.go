package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Version is that of the files written.
const Version = 2

const (
	magic   = "dashcam\n"
	endMark = 0x0a646e65 // "end\n"

	// HeaderSize is what the header of a file takes.
	HeaderSize = 32
	// HeadSize is what a record takes beside its payload.
	HeadSize = 12
	// TrailerSize is what ends a finished file.
	TrailerSize = 16

	// MaxPayload is the longest payload of a record.
	MaxPayload = 1<<24 - 1
)

// Errors about a whole file.
var (
	// ErrForeign says that a file was not written by dashcam, or that its beginning
	// is damaged.
	ErrForeign = errors.New("not a file of dashcam's history, or its beginning is damaged")
	// ErrDamaged says that bytes do not fit their checksum.
	ErrDamaged = errors.New("bytes do not fit their checksum")
)

// VersionError says that a file has a format that this program does not read.
type VersionError struct{ Got uint16 }

func (e *VersionError) Error() string {
	if e.Got > Version {
		return fmt.Sprintf("format %d, written by a newer dashcam: this one reads format %d", e.Got, Version)
	}
	return fmt.Sprintf("format %d, written by an older dashcam: this one reads format %d; move the directory elsewhere to begin a new one", e.Got, Version)
}

// Header is the beginning of a file.
type Header struct {
	Kind   byte
	Number uint64
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the checksum that the format uses everywhere.
func Checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// AppendHeader appends the first bytes of a file.
func AppendHeader(dst []byte, h Header) []byte {
	at := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint16(dst, Version)
	dst = append(dst, h.Kind, 0)
	dst = binary.LittleEndian.AppendUint64(dst, h.Number)
	dst = append(dst, make([]byte, 8)...)
	return binary.LittleEndian.AppendUint32(dst, Checksum(dst[at:]))
}

// ParseHeader reads the first bytes of a file.
func ParseHeader(b []byte) (Header, error) {
	if len(b) < HeaderSize || string(b[:8]) != magic || binary.LittleEndian.Uint32(b[28:]) != Checksum(b[:28]) {
		return Header{}, ErrForeign
	}
	if v := binary.LittleEndian.Uint16(b[8:]); v != Version {
		return Header{}, &VersionError{v}
	}
	return Header{Kind: b[10], Number: binary.LittleEndian.Uint64(b[12:])}, nil
}

// AppendRecord appends a record that will stand at offset in the file of the given
// number.
func AppendRecord(dst []byte, number uint64, offset int64, kind byte, payload []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(kind)<<24|uint32(len(payload)))
	dst = binary.LittleEndian.AppendUint32(dst, Checksum(payload))
	dst = binary.LittleEndian.AppendUint32(dst, headSum(dst[len(dst)-8:], number, offset))
	return append(dst, payload...)
}

func headSum(head []byte, number uint64, offset int64) uint32 {
	var b [24]byte
	copy(b[:8], head)
	binary.LittleEndian.PutUint64(b[8:], number)
	binary.LittleEndian.PutUint64(b[16:], uint64(offset))
	return Checksum(b[:])
}

// ParseRecord reads the record that begins with b, which stands at offset. size is how
// much of b it takes; it is known, and the error [ErrDamaged], when only the payload
// is damaged, and 0 where there is no head of a record or b is too short for it. The
// payload is part of b.
func ParseRecord(b []byte, number uint64, offset int64) (kind byte, payload []byte, size int, err error) {
	if len(b) < HeadSize || binary.LittleEndian.Uint32(b[8:]) != headSum(b[:8], number, offset) {
		return 0, nil, 0, ErrDamaged
	}
	head := binary.LittleEndian.Uint32(b)
	kind, size = byte(head>>24), HeadSize+int(head&MaxPayload)
	if size > len(b) {
		return kind, nil, 0, ErrDamaged
	}
	payload = b[HeadSize:size:size]
	if binary.LittleEndian.Uint32(b[4:]) != Checksum(payload) {
		return kind, nil, size, ErrDamaged
	}
	return kind, payload, size, nil
}

// AppendTrailer appends the last bytes of a finished file.
func AppendTrailer(dst []byte, number uint64, index int64) []byte {
	at := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(index))
	dst = binary.LittleEndian.AppendUint32(dst, endMark)
	return binary.LittleEndian.AppendUint32(dst, trailerSum(dst[at:], number))
}

func trailerSum(b []byte, number uint64) uint32 {
	return Checksum(binary.LittleEndian.AppendUint64(append([]byte(nil), b[:12]...), number))
}

// ParseTrailer returns the offset of the index of a finished file, given its last
// bytes and its size.
func ParseTrailer(b []byte, number uint64, size int64) (index int64, ok bool) {
	if len(b) != TrailerSize || binary.LittleEndian.Uint32(b[8:]) != endMark || binary.LittleEndian.Uint32(b[12:]) != trailerSum(b, number) {
		return 0, false
	}
	u := binary.LittleEndian.Uint64(b)
	if u < HeaderSize || u > uint64(size-TrailerSize-HeadSize) {
		return 0, false
	}
	return int64(u), true
}

// Scan calls found for every whole record of a file, which b holds from its beginning,
// and damaged for every stretch before one that holds none. It returns where the last
// record ends, which is where the torn tail begins if that is not the end of b.
func Scan(b []byte, number uint64, found func(kind byte, offset int64, payload []byte), damaged func(from, to int64)) (end int64) {
	at := min(HeaderSize, len(b))
	end = int64(at)
	for at < len(b) {
		kind, payload, size, err := ParseRecord(b[at:], number, int64(at))
		if err != nil {
			// With a size the payload alone is damaged; else look for the next head.
			at += max(size, 1)
			continue
		}
		if int64(at) > end {
			damaged(end, int64(at))
		}
		found(kind, int64(at), payload)
		at += size
		end = int64(at)
	}
	return end
}
