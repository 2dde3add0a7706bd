package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"dashcam/server/input"
)

// duration is a time as every flag takes it, in days too: "500ms", "36h", "30d",
// "7d12h".
type duration time.Duration

var _ pflag.Value = (*duration)(nil)

const day = 24 * time.Hour

// durationType is what flags of times call their type.
const durationType = "duration"

// timeVar makes a flag of a time.
func timeVar(f *pflag.FlagSet, to *time.Duration, name string, value time.Duration, usage string) {
	*to = value
	f.Var((*duration)(to), name, usage)
}

func (d duration) String() string {
	whole, rest := time.Duration(d)/day, time.Duration(d)%day
	text := ""
	if whole != 0 {
		text = fmt.Sprintf("%dd", whole)
	}
	if rest == 0 && whole != 0 {
		return text
	}
	r := rest.String() // "1h0m0s"
	if strings.HasSuffix(r, "m0s") {
		r = strings.TrimSuffix(r, "0s")
	}
	if strings.HasSuffix(r, "h0m") {
		r = strings.TrimSuffix(r, "0m")
	}
	return text + r
}

func (d *duration) Set(s string) error {
	v, err := parseDuration(s)
	if err == nil {
		*d = duration(v)
	}
	return err
}

func parseDuration(s string) (time.Duration, error) {
	v, err := input.Duration(s)
	if err != nil {
		return 0, errors.New("expected " + input.DurationForms)
	}
	return v, nil
}

func (d *duration) Type() string { return durationType }

// byteSize is a number of bytes as a flag: "50331648", "48MiB", "48M", "1GiB".
type byteSize int64

var _ pflag.Value = (*byteSize)(nil)

// sizeType is what flags of sizes call their type.
const sizeType = "size"

// units are the powers of 1024 that are written out, from small to large.
const units = "KMGT"

func (b *byteSize) String() string {
	v, unit := int64(*b), ""
	for i := range len(units) {
		if v%1024 != 0 || v == 0 {
			break
		}
		v, unit = v/1024, units[i:i+1]+"iB"
	}
	return strconv.FormatInt(v, 10) + unit
}

func (b *byteSize) Set(s string) error {
	digits := strings.TrimRight(s, "KMGTiBkmgtb ")
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || v < 0 {
		return errors.New("expected a number of bytes such as 50331648 or 48MiB")
	}
	unit := strings.ToUpper(strings.TrimSpace(s[len(digits):]))
	unit = strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I")
	shift := 0
	if unit != "" {
		i := strings.Index(units, unit)
		if i < 0 || len(unit) != 1 {
			return errors.New("expected a unit of KiB, MiB, GiB or TiB")
		}
		shift = 10 * (i + 1)
	}
	if v > math.MaxInt64>>shift {
		return errors.New("expected less than 8 EiB")
	}
	*b = byteSize(v << shift)
	return nil
}

func (b *byteSize) Type() string { return sizeType }
