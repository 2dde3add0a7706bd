package incident

import (
	"fmt"
	"slices"
	"strings"
)

// Mask says which names are replaced, as a set of kinds.
type Mask uint

// The kinds of names.
const (
	MaskProcesses Mask = 1 << iota // what processes are called, and their command lines
	MaskUsers                      // of the system, also in paths and control groups
	MaskHosts                      // this one and those whose shares are mounted
	MaskAddresses                  // IP and hardware addresses
	MaskServices                   // units, containers, their images and control groups
	MaskMarks                      // texts that people and programs left as marks
	maskEnd
)

// MaskAll is every kind.
const MaskAll = maskEnd - 1

// kindNames are the words for the kinds, in the order of their bits.
var kindNames = []string{"processes", "users", "hosts", "addresses", "services", "marks"}

// stems are what a name of a kind is replaced by, with a number.
var stems = []string{"process", "user", "host", "address", "service", "mark"}

// MaskExpected says what [ParseMask] takes.
var MaskExpected = strings.Join(kindNames, ", ") + " or all, with commas between"

// ParseMask reads a list of kinds, such as "hosts,users"; "" is none.
func ParseMask(text string) (Mask, error) {
	var m Mask
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		i := slices.Index(kindNames, word)
		switch {
		case word == "":
		case word == "all":
			m |= MaskAll
		case i < 0:
			return 0, fmt.Errorf("no kind of names is called %q", word)
		default:
			m |= 1 << i
		}
	}
	return m, nil
}

// Kinds are the words for what is masked.
func (m Mask) Kinds() []string {
	kinds := []string{}
	for i, name := range kindNames {
		if m&(1<<i) != 0 {
			kinds = append(kinds, name)
		}
	}
	return kinds
}

func (m Mask) String() string { return strings.Join(m.Kinds(), ",") }
