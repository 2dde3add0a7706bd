package collectors

// Verdict says what is wrong with a host at a moment: one sentence, and what each part of
// it was made from. Package diagnosis makes it.
type Verdict struct {
	// At is the time of the row that it is of, in Unix milliseconds; 0 where there is none.
	At int64 `json:"at"`
	// Resource is cpu, memory, disk, network, limits, service or none.
	Resource string `json:"resource"`
	// Level is how bad it is.
	Level VerdictLevel `json:"level"`
	// SinceMs is when it began, 0 where nothing is wrong.
	SinceMs int64 `json:"sinceMs,omitempty"`
	// Text is the whole sentence, Clauses are its parts.
	Text    string   `json:"text"`
	Clauses []Clause `json:"clauses"`
	// Culprits are those who are named, the largest first.
	Culprits []Culprit `json:"culprits"`
}

// VerdictLevel is how bad a verdict is: the worst state of a resource.
type VerdictLevel string

// The levels.
const (
	VerdictOK       VerdictLevel = "ok"
	VerdictWarn     VerdictLevel = "warn"
	VerdictCritical VerdictLevel = "critical"
)

// Clause is a part of the sentence with its evidence.
type Clause struct {
	Text string `json:"text"`
	// Series are the names of the series that it was made from.
	Series []string `json:"series"`
	// At is the moment that it is about, in Unix milliseconds.
	At int64 `json:"at"`
}

// Culprit is a process or a service that takes most of what is used.
type Culprit struct {
	Kind string `json:"kind"` // process or service
	Name string `json:"name"`
	PID  int    `json:"pid,omitempty"`
	// Share is what it takes of the resource's use, from 0 to 1.
	Share float64 `json:"share"`
}
