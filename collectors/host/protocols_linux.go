package host

import "bytes"

// protocolTable reads a file of pairs of lines, "Tcp: InSegs OutSegs" and "Tcp: 12 34".
// The names are the same at every read, so where the wanted numbers stand is found out once
// and then only confirmed.
type protocolTable struct {
	file
	wanted []protocolCounter
	heads  []protocolHead
}

// protocolHead is one line of names.
type protocolHead struct {
	text    []byte
	columns []protocolColumn
}

// protocolColumn says which field of the numbers belongs to which wanted counter.
type protocolColumn struct{ field, wanted int }

// parse calls take for every wanted number in text, with the place of its counter in
// wanted. It is false where no pair of lines was found.
func (t *protocolTable) parse(text []byte, take func(wanted int, v uint64)) bool {
	pair := 0
	for rest := wholeLines(text); len(rest) > 0; {
		var head []byte
		head, rest = nextLine(rest)
		section := protocolSection(head)
		data, after := nextLine(rest)
		if len(section) == 0 || !bytes.HasPrefix(data, section) {
			continue // the next line may begin a pair of its own
		}
		rest = after
		if pair == len(t.heads) {
			t.heads = append(t.heads, protocolHead{})
		}
		h := &t.heads[pair]
		if !bytes.Equal(h.text, head) {
			h.index(head, t.wanted)
		}
		h.parse(data[len(section):], take)
		pair++
	}
	return pair > 0
}

// wholeLines returns b up to its last line end: the kernel ends every line, so what comes
// after was cut off, and half a number is a wrong number.
func wholeLines(b []byte) []byte { return b[:bytes.LastIndexByte(b, '\n')+1] }

// protocolSection returns what a line begins with, "Tcp:", or nothing.
func protocolSection(line []byte) []byte {
	colon := bytes.IndexByte(line, ':')
	if colon < 1 {
		return nil
	}
	return line[:colon+1]
}

func (h *protocolHead) index(head []byte, wanted []protocolCounter) {
	h.text = append(h.text[:0], head...)
	h.columns = h.columns[:0]
	section := protocolSection(head)
	names := head[len(section):]
	section = section[:len(section)-1]
	for field := 0; ; field++ {
		var name []byte
		if name, names = nextField(names); len(name) == 0 {
			return
		}
		for i := range wanted {
			if wanted[i].section == string(section) && wanted[i].name == string(name) {
				h.columns = append(h.columns, protocolColumn{field, i})
			}
		}
	}
}

// parse reads the numbers; one that is not a plain number ("-1") is left out.
func (h *protocolHead) parse(data []byte, take func(wanted int, v uint64)) {
	field := 0
	for _, c := range h.columns {
		var value []byte
		for ; field <= c.field; field++ {
			if value, data = nextField(data); len(value) == 0 {
				return
			}
		}
		if v, ok := parseUint(value); ok {
			take(c.wanted, v)
		}
	}
}
