package collectors

// Panel is one chart of the page. The page draws what it is told and knows no
// metric's name.
type Panel struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Subtitle string `json:"subtitle,omitempty"`
	// Section is the heading it stands under: "cpu", "memory", "disk" …
	Section string `json:"section"`
	// First is its place among the charts of the first screen, from 1; 0 means that
	// it stands only in its section.
	First int `json:"first,omitempty"`
	// Families are the names of the families drawn.
	Families []string `json:"families"`
	// Layers are what is drawn, bottom up. Without layers every series of Families
	// is a line of its own, told apart by its labels: up to seven singly, else the
	// six largest and, where Sum is set, "other".
	Layers []Layer `json:"layers,omitempty"`
	// Where restricts the series to those whose label or info has one of the values.
	Where map[string][]string `json:"where,omitempty"`
	// Stack draws parts of a whole on top of each other.
	Stack bool `json:"stack,omitempty"`
	// Sum says that the series add up, so that the rest may be drawn as "other".
	Sum bool `json:"sum,omitempty"`
	// Scale is ScalePercent for a fixed axis from 0 to 100, ScaleMax for a fixed
	// axis up to the largest Max of the series, ScaleFree to start at 0 and grow.
	Scale Scale `json:"scale"`
	// Strip is the name of a family drawn as a heat strip under the plot, one row
	// per series.
	Strip string `json:"strip,omitempty"`
	// StripMax is the value at which the strip is brightest.
	StripMax float64 `json:"stripMax,omitempty"`
}

// Scale is how a panel's value axis is chosen.
type Scale string

// The scales.
const (
	ScaleFree    Scale = "free"
	ScalePercent Scale = "percent"
	ScaleMax     Scale = "max"
)

// Layer is one curve of a panel: the series of a family that match, reduced to one.
type Layer struct {
	Title  string `json:"title"`
	Family string `json:"family"`
	// Match maps a label or info name to the values that are wanted.
	Match map[string][]string `json:"match,omitempty"`
	// Reduce says how several matching series become one curve. Missing values
	// are left out; a moment where all are missing is missing.
	Reduce Reduce `json:"reduce,omitempty"`
	// Color is the token of its colour, "c1" to "c8": the same thing has the same
	// colour everywhere.
	Color string `json:"color"`
	Style Style  `json:"style,omitempty"`
}

// Reduce is how several series become one curve.
type Reduce string

// The reductions.
const (
	ReduceSum Reduce = "sum" // parts of a whole
	ReduceMax Reduce = "max" // the worst of several
)

// Style is how a layer is drawn.
type Style string

// The styles. Empty means filled in a stack and a line elsewhere.
const (
	StyleHatch Style = "hatch" // stacked, hatched: time that was not used
	StyleLine  Style = "line"  // a line above the stack, not part of it
	StyleValue Style = "value" // not drawn: a number in the legend
)

// Resource is one cell of the matrix on the first screen.
type Resource struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Section is where the page goes when a person follows the cell.
	Section string `json:"section"`
	// Use, Sat and Err are the numbers of the cell. Where several signs of a kind
	// have a value, the one nearest to or furthest beyond its threshold is shown.
	Use []Sign `json:"use"`
	Sat []Sign `json:"sat"`
	Err []Sign `json:"err"`
	// State, Cause and Since are the names of the families that say whether it is
	// bad, why, and since when.
	State string `json:"state"`
	Cause string `json:"cause"`
	Since string `json:"since"`
	// Reason and Now are the names of the families that say which family decided the
	// state, and how bad this very sample is.
	Reason string `json:"reason,omitempty"`
	Now    string `json:"now,omitempty"`
	// Words are what a state is called where a family decided it for which "busy" or
	// "saturated" would mislead.
	Words []Sign `json:"words,omitempty"`
	// Whole is what all processes together may use of it, where the sum of theirs can
	// be less than that.
	Whole *Whole `json:"whole,omitempty"`
	// Worst names the instance that Use speaks of.
	Worst *Worst `json:"worst,omitempty"`
	// Caption is a line of text and values shown while nothing is wrong. A part
	// whose value is missing hides the caption.
	Caption []CaptionPart `json:"caption,omitempty"`
	// Rank is the process table's column that ranks the suspects.
	Rank string `json:"rank,omitempty"`
	// Limits is set for the cell that lists limits instead of numbers: the family
	// whose series are ranked, and that of their states and forecasts.
	Limits *Limits `json:"limits,omitempty"`
}

// Sign is one number of a matrix cell.
type Sign struct {
	Family string `json:"family"`
	// Text follows the number: "time busy", "retransmitted".
	Text string `json:"text,omitempty"`
}

// Whole says of which series the sum is the use of a resource.
type Whole struct {
	Family string              `json:"family"`
	Where  map[string][]string `json:"where,omitempty"`
}

// Worst says over which series the largest is sought, to name it.
type Worst struct {
	Family string              `json:"family"`
	Label  string              `json:"label"`
	Where  map[string][]string `json:"where,omitempty"`
}

// CaptionPart is a piece of text or a value.
type CaptionPart struct {
	Text   string              `json:"text,omitempty"`
	Family string              `json:"family,omitempty"`
	Match  map[string][]string `json:"match,omitempty"`
}

// Limits names the families of the limits cell, all keyed by the labels kind and
// name.
type Limits struct {
	Used   string `json:"used"`
	State  string `json:"state"`
	FullIn string `json:"fullIn"`
}
