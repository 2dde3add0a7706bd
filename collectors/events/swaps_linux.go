package events

import (
	"errors"
	"io"
	"strings"

	"dashcam/collectors"
)

// swaps tells of areas of swap. The kernel marks the file when it changes (proc_swaps(5)).
type swaps struct {
	markedFile
	known map[string]bool // nil before the first reading
}

func newSwaps(cfg Config) *swaps {
	return &swaps{markedFile: markedFile{path: path(cfg, "/proc/swaps")}}
}

func (s *swaps) poll(tell func(collectors.Event)) error {
	changed, err := s.changed()
	if err != nil {
		return err
	}
	if s.known != nil && !changed {
		return nil
	}
	const most = 256 << 10
	text, err := io.ReadAll(io.NewSectionReader(s.open, 0, most))
	if err != nil {
		s.close()
		return errors.Join(errors.New("read"), reason(err))
	}
	s.compare(parseSwaps(string(text)), tell)
	return nil
}

func (s *swaps) compare(areas []string, tell func(collectors.Event)) {
	now := make(map[string]bool, len(areas))
	for _, area := range areas {
		now[area] = true
		if s.known != nil && !s.known[area] {
			tell(s.event(area, "is used as swap now"))
		}
	}
	for area := range s.known {
		if !now[area] {
			tell(s.event(area, "is not used as swap any more"))
		}
	}
	s.known = now
}

func (s *swaps) event(area, what string) collectors.Event {
	return collectors.Event{Kind: KindSwap, Text: area + " " + what, About: collectors.About{Kind: "device", Name: area}, Source: s.path}
}

// parseSwaps reads the names of the areas: the first field of every line but the head.
func parseSwaps(text string) (areas []string) {
	first := true
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) >= 3 && !first {
			areas = append(areas, collectors.UnescapePath(fields[0]))
		}
		first = false
	}
	return areas
}
