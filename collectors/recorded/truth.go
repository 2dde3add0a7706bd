package recorded

import "path"

// Truth says what was done to a host while it was recorded.
type Truth struct {
	// What says it to people: "stress-ng keeps one processor busy".
	What string `json:"what"`
	// From and To are the rows in which it was done, To exclusive.
	From int `json:"from"`
	To   int `json:"to"`
	// Resources are the right answers to what is wrong; "none" for nothing at all.
	Resources []string `json:"resources"`
	// Culprits are the names of processes and services of which any is the right answer
	// to who did it, as patterns of [path.Match]. Without one nobody is to be named.
	Culprits []string `json:"culprits"`
	// Causes are the changes of which any is what was done: "process NAME", "service
	// NAME", "event KIND" or "series FAMILY", as patterns.
	Causes []string `json:"causes"`
}

// Did reports whether a process or a service of that name did it.
func (t *Truth) Did(name string) bool { return matches(t.Culprits, name) }

// Caused reports whether a change is what was done.
func (t *Truth) Caused(kind, name string) bool { return matches(t.Causes, kind+" "+name) }

func matches(patterns []string, s string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, s); err == nil && ok {
			return true
		}
	}
	return false
}
