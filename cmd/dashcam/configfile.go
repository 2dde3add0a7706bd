package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"
)

// maxFile is how long a file with settings may be.
const maxFile = 1 << 20

// loadFile sets from the file what neither a flag nor the environment did. A mistake is
// told with its line.
func (s *settings) loadFile() error {
	if s.file == "" {
		return nil
	}
	text, err := readFile(s.file)
	if err != nil {
		return err
	}
	var values map[string]toml.Primitive
	meta, err := toml.Decode(text, &values)
	if err != nil {
		return s.inFile(err)
	}
	var known []string
	s.visit(func(f *pflag.Flag) { known = append(known, names(f.Name)...) })
	var errs []error
	seen, given := make(map[string]bool), make(map[string]string)
	for _, path := range meta.Keys() { // in the order of the file
		key := path[0]
		if seen[key] {
			continue // part of a value that is refused as a whole
		}
		seen[key] = true
		at := s.place(lineOf(&meta, values[key]))
		if !slices.Contains(known, key) {
			errs = append(errs, usagef("%s %q is no setting%s", at, key, didYouMean(key, known, `"%"`)))
			continue
		}
		name := string(canonical(s.flags, key))
		if other, twice := given[name]; twice {
			errs = append(errs, usagef("%s %s and %s are both given: expected one", at, other, key))
			continue
		}
		given[name] = key
		var value any
		err := meta.PrimitiveDecode(values[key], &value)
		if err == nil {
			err = s.set(name, value, at)
		}
		if err != nil {
			errs = append(errs, usagef("%s %w", at, err))
		}
	}
	return errors.Join(errs...)
}

// place is how a mistake in the file is introduced. A line of 0 is not known.
func (s *settings) place(line int) string {
	if line == 0 {
		return s.file + ":"
	}
	return fmt.Sprintf("%s:%d:", s.file, line)
}

// inFile puts file and line before what the library says.
func (s *settings) inFile(err error) error {
	var at toml.ParseError
	if !errors.As(err, &at) {
		return usagef("%s %w", s.place(0), err)
	}
	return usagef("%s %s", s.place(at.Position.Line), at.Message)
}

// lineOf returns where a value is. The library tells it only with an error, so it is
// asked to decode the value into something that refuses every one. The parts of a key
// with dots have a line, the whole has not.
func lineOf(meta *toml.MetaData, value toml.Primitive) int {
	var at toml.ParseError
	for _, into := range []any{new(refuser), new(map[string]refuser), new(map[string]map[string]refuser)} {
		if errors.As(meta.PrimitiveDecode(value, into), &at) && at.Position.Line > 0 {
			return at.Position.Line
		}
	}
	return 0
}

// refuser is a value that cannot be decoded.
type refuser struct{}

var _ toml.Unmarshaler = (*refuser)(nil)

func (*refuser) UnmarshalTOML(any) error { return errors.New("refused") }

func readFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", usagef("read the settings: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", usagef("read the settings: %w", err)
	}
	if len(text) > maxFile {
		return "", usagef("read the settings: %s is longer than %d bytes", name, maxFile)
	}
	return string(text), nil
}

// set gives a setting a value of TOML, if nothing that wins has set it.
func (s *settings) set(name string, value any, at string) error {
	f := s.flags.Lookup(name)
	texts, err := textsOf(f, value)
	if err != nil {
		return err
	}
	if _, set := s.origins[name]; set {
		return nil
	}
	s.origins[name] = origin{at + " " + name, strings.TrimSuffix(at, ":"), true}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		err = list.Replace(texts)
	} else {
		err = f.Value.Set(texts[0])
	}
	if err != nil {
		return fmt.Errorf("%s is %q: %w", name, shown(f, texts[0]), plain(f, err))
	}
	return nil
}

// textsOf returns the text of a value as a flag would be given it; several for a list.
func textsOf(f *pflag.Flag, value any) ([]string, error) {
	wrong := fmt.Errorf("%s is %s: expected %s", f.Name, shown(f, found(value)), expected(f))
	if _, list := f.Value.(pflag.SliceValue); list {
		items, ok := value.([]any)
		if !ok {
			items = []any{value}
		}
		texts := make([]string, 0, len(items))
		for _, item := range items {
			text, ok := item.(string)
			if !ok {
				return nil, wrong
			}
			texts = append(texts, text)
		}
		return texts, nil
	}
	switch v := value.(type) {
	case string:
		if !numeric(f) && f.Value.Type() != "bool" {
			return []string{v}, nil
		}
	case bool:
		if f.Value.Type() == "bool" {
			return []string{strconv.FormatBool(v)}, nil
		}
	case int64:
		if numeric(f) || f.Value.Type() == sizeType {
			return []string{strconv.FormatInt(v, 10)}, nil
		}
	case float64:
		if f.Value.Type() == "float64" {
			return []string{strconv.FormatFloat(v, 'g', -1, 64)}, nil
		}
	}
	return nil, wrong
}

// found is a value of TOML in words; a table or a list of tables would fill lines.
func found(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "a list of tables"
	case time.Time:
		return "a date"
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = found(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(value)
}

// expected says what a file may give a setting.
func expected(f *pflag.Flag) string {
	if values := f.Annotations[hasChoices]; values != nil && f.Value.Type() != "stringSlice" {
		return "one of " + strings.Join(values, ", ")
	}
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case durationType:
		return `a duration in quotation marks, such as "36h" or "30d"`
	case sizeType:
		return `a number of bytes, or a text such as "48MiB"`
	case "stringSlice", "stringArray":
		return `a list of texts, such as ["a", "b"]`
	}
	if numeric(f) {
		return "a number"
	}
	return "a text in quotation marks"
}

// plain says what the library of flags says about numbers in our words.
func plain(f *pflag.Flag, err error) error {
	if number := new(strconv.NumError); errors.As(err, &number) {
		if errors.Is(err, strconv.ErrRange) {
			return errors.New("expected a smaller number")
		}
		return fmt.Errorf("expected %s", expected(f))
	}
	return err
}

func numeric(f *pflag.Flag) bool {
	switch f.Value.Type() {
	case "int", "uint", "uint64", "float64":
		return true
	}
	return false
}
