// Package recorded holds rows that the sampler made on a real host, to be put into a ring
// again: what is said about bytes per sample and about a day of rows is said about these,
// and not about numbers that somebody made up.
//
// A [Recording] is every value of every series of some minutes, in quanta, and the top
// rows of the tables of processes and services. [Open] returns one that is kept here,
// [Recording.Play] repeats its rows for as long as one likes. The names of processes,
// services and control groups were replaced by others of the same length when it was
// recorded; everything else is as it was.
//
// [OpenIncident] returns one of a host to which something was done on purpose: its rows with
// all names, its events, and beside them the [Truth], which says what was done, when, by
// whom, and what dashcam is to say of it. Package diagnosis is judged by these. [Of] makes a
// recording of any source.
//
// # Format
//
// A file is lines of JSON, gzipped, so that zcat shows it: a head, one line per series
// with its first value and the differences of the others (null where there is none), one
// per observation of a table, one per event. New ones are made by
//
//	cd .ci/bench && go run ./record -for 10m -during "what the host did" -o idle.json.gz
//	make incidents INCIDENTS=^disk-
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
