package collectors

import (
	"math"
	"time"
)

// Unit names what a stored number counts. Counters are stored as rates, so their
// unit is that of the rate.
type Unit string

// The units the page knows how to write. Any other string is shown as it is.
const (
	Percent        Unit = "percent"
	Bytes          Unit = "bytes"
	BytesPerSecond Unit = "bytes/s"
	BitsPerSecond  Unit = "bits/s"
	PerSecond      Unit = "/s"
	Count          Unit = "count"
	Seconds        Unit = "seconds"
	Celsius        Unit = "celsius"
	Hertz          Unit = "hertz"
	Timestamp      Unit = "timestamp" // Unix seconds
	NoUnit         Unit = ""
)

// Kind is how a family's raw readings become values.
type Kind string

// The kinds of families.
const (
	// KindGauge is stored as read.
	KindGauge Kind = "gauge"
	// KindCounter only rises; its rate per second, times Scale, is stored. A
	// reading that went back, and the first one, are missing.
	KindCounter Kind = "counter"
	// KindState is an index into States, ordered from good to bad.
	KindState Kind = "state"
)

// Family describes series that differ only in their labels. Declare families as
// package variables and never change them.
type Family struct {
	// Name is dotted and lower-case: "disk.bytes".
	Name string
	// Help is one sentence for a person, ending with a full stop.
	Help string
	Unit Unit
	Kind Kind
	// Labels are the names of the labels that tell series apart.
	Labels []string
	// Quantum is the step of stored values: a power of two.
	Quantum float64
	// Scale multiplies a counter's rate or a ratio; 0 means 1.
	Scale float64
	// Window is the shortest span that a rate or a ratio is computed over, for
	// readings that are too coarse for short intervals. At longer ones it changes
	// nothing.
	Window time.Duration
	// Max is the natural maximum, 0 where there is none. A series may state its
	// own with [Batch.Max].
	Max float64
	// States are the names of a state family's values, from good to bad.
	States []string
	// Source is the file or interface the value is read from.
	Source string
	// Formula says how the value is computed from the raw readings.
	Formula string
	// Differs says why other tools may show another number.
	Differs string
	// Metric is the name in /metrics of a family that somebody else named; "" is for
	// one that is made from Name. Where a series of such a family has further facts,
	// these are its labels in /metrics, all of them.
	Metric string
}

// Missing is the stored form of a value that could not be read.
const Missing int64 = math.MinInt64

// maxQuanta is the largest magnitude a stored value may have: what a float64, and
// so a JSON number on the page, holds exactly.
const maxQuanta = 1 << 53

// Finite returns v, and 0 for what JSON cannot express.
func Finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// Quantize returns v as a number of quanta. NaN, infinities and magnitudes beyond
// 2^53 quanta are [Missing]. A value other than zero never becomes 0: it is at
// least one quantum.
func (f *Family) Quantize(v float64) int64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Missing
	}
	q := v / f.Quantum
	if q > maxQuanta || q < -maxQuanta {
		return Missing
	}
	r := int64(math.RoundToEven(q))
	if r == 0 && v != 0 {
		if v > 0 {
			return 1
		}
		return -1
	}
	return r
}

// Value returns the value that q quanta stand for; NaN for [Missing].
func (f *Family) Value(q int64) float64 {
	return inUnit(q, f.Quantum)
}

func inUnit(q int64, quantum float64) float64 {
	if q == Missing {
		return math.NaN()
	}
	return float64(q) * quantum
}

// MaxLabels is the most labels that a family may have.
const MaxLabels = 16

// Validate reports the first mistake in f, or nil. The sampler refuses a collector
// with an invalid family.
func (f *Family) Validate() error {
	switch {
	case f.Name == "":
		return familyError{f, "has no name"}
	case f.Help == "":
		return familyError{f, "has no help"}
	case len(f.Labels) > MaxLabels:
		return familyError{f, "has more than 16 labels"}
	case f.Quantum <= 0 || math.Exp2(math.Round(math.Log2(f.Quantum))) != f.Quantum:
		return familyError{f, "needs a quantum that is a power of two"}
	case f.Kind != KindGauge && f.Kind != KindCounter && f.Kind != KindState:
		return familyError{f, "has an unknown kind " + string(f.Kind)}
	case f.Window < 0:
		return familyError{f, "has a negative window"}
	case f.Kind == KindState && len(f.States) == 0:
		return familyError{f, "is a state without names"}
	}
	return nil
}

type familyError struct {
	family *Family
	what   string
}

func (e familyError) Error() string { return "family " + e.family.Name + " " + e.what }
