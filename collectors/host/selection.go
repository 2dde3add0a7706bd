package host

import "dashcam/collectors"

// Selection picks among the things of one kind by name, with patterns of
// [collectors.Glob]. What matches Exclude is left out: it is neither read nor counted in
// a sum. What matches Include is shown by itself in spite of Exclude and of what is left
// out or summed up by default. So Exclude "*" with Include "sd*" shows those alone.
type Selection struct {
	Include, Exclude []string
}

// includes reports whether name is asked for.
func (s *Selection) includes(name string) bool { return matchesAny(s.Include, name) }

// excludes reports whether name is to be left out.
func (s *Selection) excludes(name string) bool {
	return matchesAny(s.Exclude, name) && !s.includes(name)
}

func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if collectors.Glob(p, name) {
			return true
		}
	}
	return false
}
