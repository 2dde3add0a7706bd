package store

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"dashcam/collectors/history/block"
)

// Catalogs and indexes are lines: a letter that says what follows, and its JSON. They
// stand as they are, not deflated, and hold no lists but those of lines, so that what is
// made of a file is paid for by its bytes: see doc.go.

// appendLine appends one line.
func appendLine(dst []byte, kind byte, v any) []byte {
	return append(append(append(dst, kind), asJSON(v)...), '\n')
}

func asJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil { // the records are made of what JSON can express
		panic(err)
	}
	return text
}

// eachLine calls f for every line that appendLine wrote.
func eachLine(p []byte, f func(kind byte, text []byte) error) error {
	if !utf8.Valid(p) {
		return block.ErrInvalid // mending it would make texts grow
	}
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		if !ended || len(line) == 0 {
			return block.ErrInvalid
		}
		if err := f(line[0], line[1:]); err != nil {
			return err
		}
		p = rest
	}
	return nil
}

// parse reads the JSON of a record or a line.
func parse[T any](text []byte) (v T, err error) {
	if !utf8.Valid(text) {
		return v, block.ErrInvalid
	}
	err = json.Unmarshal(text, &v)
	return v, err
}

// maxListed bounds the names in a listed text and the columns of a table.
const maxListed = 256

// listed is names as one text, named the other way round.
func listed(names []string) string { return strings.Join(names, "\n") }

func named(list string) ([]string, error) {
	switch {
	case list == "":
		return nil, nil
	case strings.Count(list, "\n") >= maxListed:
		return nil, block.ErrInvalid
	}
	return strings.Split(list, "\n"), nil
}
