package incident

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// names are those that stand in a stretch of time, by kind, and what each is replaced by.
type names struct {
	mask  Mask
	kinds [6]known
	// texts are all that are replaced inside texts, the longest first; nil until they are
	// asked for.
	texts []string
	words map[string]string
	// done are texts that were replaced before.
	done map[string]string
}

// known are the names of one kind, in the order in which they were found.
type known struct {
	list []string
	word map[string]string
}

func kindOf(m Mask) int {
	return slices.Index([]Mask{MaskProcesses, MaskUsers, MaskHosts, MaskAddresses, MaskServices, MaskMarks}, m)
}

// add notes a name, and returns what stands for it.
func (n *names) add(kind Mask, name string) string {
	if name == "" {
		return ""
	}
	k := &n.kinds[kindOf(kind)]
	if word, found := k.word[name]; found {
		return word
	}
	if k.word == nil {
		k.word = make(map[string]string)
	}
	k.list = append(k.list, name)
	word := stems[kindOf(kind)] + "-" + strconv.Itoa(len(k.list))
	k.word[name], n.texts = word, nil
	return word
}

// alias makes a further name stand for the same as one that is known.
func (n *names) alias(kind Mask, name, of string) {
	k := &n.kinds[kindOf(kind)]
	if _, found := k.word[name]; !found && name != "" {
		k.word[name], n.texts = n.add(kind, of), nil
	}
}

// name returns what is shown for a name of a kind.
func (n *names) name(kind Mask, name string) string {
	word := n.add(kind, name)
	if n.mask&kind == 0 {
		return n.text(name)
	}
	return word
}

// addresses finds IPv4, IPv6 and hardware addresses; what only looks like one is left.
var addresses = regexp.MustCompile(`(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|\b(?:\d{1,3}\.){3}\d{1,3}\b|[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){2,7}(?:(?:\d{1,3}\.){3}\d{1,3})?`)

// remote finds the host of a share: db-01:/export, //files/home.
var remote = regexp.MustCompile(`^(?:\[?([0-9A-Za-z][0-9A-Za-z.:-]*)\]?:/|//([0-9A-Za-z][0-9A-Za-z.-]*)/)`)

// find notes the addresses and hosts in a text.
func (n *names) find(text string) {
	for _, found := range addresses.FindAllString(text, -1) {
		if isAddress(found) {
			n.add(MaskAddresses, found)
		}
	}
	if m := remote.FindStringSubmatch(text); m != nil {
		if host := m[1] + m[2]; !isAddress(host) {
			n.add(MaskHosts, host)
		}
	}
}

func isAddress(text string) bool {
	if strings.Count(text, ":") == 5 && len(text) == len("00:00:00:00:00:00") {
		return true
	}
	a, err := netip.ParseAddr(text)
	// An address of the host itself says nothing about it.
	return err == nil && !a.IsUnspecified() && !a.IsLoopback()
}

// text replaces every name that is masked in a text: whole words, the longest first.
func (n *names) text(s string) string {
	if n.mask == 0 || s == "" {
		return s
	}
	n.prepare()
	if out, found := n.done[s]; found {
		return out
	}
	var out strings.Builder
	before := rune(-1)
	for i := 0; i < len(s); {
		if found := n.at(s[i:], before); found != "" {
			out.WriteString(n.words[found])
			i += len(found)
			before, _ = utf8.DecodeLastRuneInString(found)
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		out.WriteString(s[i : i+size])
		before, i = r, i+size
	}
	n.done[s] = out.String()
	return n.done[s]
}

// at returns the name with which s begins, "" for none.
func (n *names) at(s string, before rune) string {
	for _, name := range n.texts {
		if !strings.HasPrefix(s, name) {
			continue
		}
		first, _ := utf8.DecodeRuneInString(name)
		last, _ := utf8.DecodeLastRuneInString(name)
		after, _ := utf8.DecodeRuneInString(s[len(name):])
		if len(s) == len(name) {
			after = -1
		}
		if (!inWord(before) || !inWord(first)) && (!inWord(last) || !inWord(after)) {
			return name
		}
	}
	return ""
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func (n *names) prepare() {
	if n.texts != nil {
		return
	}
	n.texts, n.words, n.done = []string{}, make(map[string]string), make(map[string]string)
	for i := range n.kinds {
		if n.mask&(1<<i) == 0 {
			continue
		}
		for name, word := range n.kinds[i].word {
			if _, found := n.words[name]; !found {
				n.texts = append(n.texts, name)
			}
			n.words[name] = word
		}
	}
	slices.SortFunc(n.texts, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
}

// shared are groups and suffixes that say nothing about a host.
var shared = regexp.MustCompile(`^(?:|…|system|user|machine|init|docker|libpod|podman|lxc|app|session|kubepods(?:-burstable|-besteffort)?|besteffort|burstable|supervisor|payload|background)$`)

// group replaces the parts of a control group.
func (n *names) group(path string) string {
	if n.mask&(MaskServices|MaskUsers) == 0 {
		return path
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		base, suffix := unit(part)
		switch {
		case shared.MatchString(base):
		case n.mask&MaskServices != 0:
			parts[i] = n.add(MaskServices, base) + suffix
		default:
			parts[i] = n.text(base) + suffix
		}
	}
	return strings.Join(parts, "/")
}

// unit cuts the type off a unit's name.
func unit(name string) (base, suffix string) {
	for _, suffix := range []string{".service", ".scope", ".slice", ".socket", ".mount", ".timer"} {
		if base, found := strings.CutSuffix(name, suffix); found {
			return base, suffix
		}
	}
	return name, ""
}

// unaccounted is the row of the table of services for what none of them accounts for.
const unaccounted = "kernel and unaccounted"

// service replaces what a service is called: a unit keeps its type.
func (n *names) service(name string) string {
	base, suffix := unit(name)
	if shared.MatchString(base) || name == unaccounted {
		return name
	}
	return n.name(MaskServices, base) + suffix
}
