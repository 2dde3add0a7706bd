// Package eventlog keeps events in files, apart from rows: they are small, and stay when
// the disk has room for a few days of rows only.
//
// A [Log] is a directory's files NNNNNNNN.evt. Events are appended to the newest one, as
// records of package segment with the JSON of a [collectors.Event] each. A file that has
// reached its size ends with an index record, the numbers and times of its first and last
// event, so that opening a log reads the ends of its files only. The oldest files are
// removed beyond [Config.Retention] and [Config.Limit].
//
// # Guarantees
//
// What [Log.Append] returned for without an error is in a file, and on the disk when the
// [segment.File] of [Log.Unsynced] was synced. A file with a torn tail is read up to it,
// cut there and written on. Events that were appended once more after a failure are read
// once: their ids tell them.
//
// # Concurrency
//
// Append, Unsynced and Reset belong to one goroutine. [Log.Files] and [Log.Bytes] may be
// called by any; what they name may be removed meanwhile. Reading is up to the caller,
// who knows how long he may wait for a disk: [Parse] takes the bytes of a file.
//
//	for _, f := range log.Files() {
//		b, err := os.ReadFile(f.Path)
//		…
//		for e := range eventlog.Parse(b, f.Number) {
//			fmt.Println(e.T, e.Text)
//		}
//	}
package eventlog
