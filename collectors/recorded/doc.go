// Package recorded holds rows that the sampler made on a real host, to be put into a ring
// again: what is said about bytes per sample and about a day of rows is said about these,
// and not about numbers that somebody made up.
//
// A [Recording] is every value of every series of some minutes, in quanta, and the top
// rows of the tables of processes and services. [Open] returns one that is kept here, [Day] repeats its rows
// for as long as one likes. The names of processes, services and control groups were replaced by
// others of the same length when it was recorded; everything else is as it was.
//
// # Format
//
// A file is lines of JSON, gzipped, so that zcat shows it: a head, one line per series
// with its first value and the differences of the others (null where there is none), one
// per observation of a table. A new one is made by
//
//	cd .ci/bench && go run ./record -for 10m -during "what the host did" -o idle.json.gz
//
// # Concurrency
//
// A recording does not change after it was read; everybody may read it.
//
// # Example
//
//	r, err := recorded.Open("busy")
//	if err != nil {
//		return err
//	}
//	ids := make([]collectors.SeriesID, len(r.Series))
//	for i, s := range r.Series {
//		if ids[i], err = ring.Intern(s); err != nil {
//			return err
//		}
//	}
//	for row := range r.T {
//		ring.Append(history.Commit{Row: collectors.Row{T: r.T[row], IDs: ids, Q: r.Row(row)}})
//	}
package recorded
