// Package textfile reads metrics that other programs leave in files: the directory of
// *.prom files in Prometheus' text format that node_exporter's collector of the same name
// reads. A job that ends (a backup, a report) writes what it knows into a file of its own
// there, best under another name that it then renames, so that half a file is never seen.
//
// # What becomes of a metric
//
// A metric backup_duration_seconds is the family textfile.backup_duration_seconds, charted
// like any other, and keeps its name, labels and value in /metrics. Its unit comes from the
// ending that OpenMetrics wants (_seconds, _bytes, _ratio, _celsius, …), a counter's from
// what stands before _total. A metric without a type is a counter when it ends with _total,
// else a gauge. Of histograms and summaries the count and the sum are used, as counters
// x_count and x_sum.
//
// A moment, x_timestamp_seconds, is charted as its distance from now, in x_since or, while
// it is to come, in x_until: a backup's age, the rest of a certificate's life.
//
// A family has the labels of its metric where these are at most two and the same for each
// series. Else it has the one label "labels" that holds them all, and they are facts of
// the series besides.
//
// A counter is as old as its file: its rate is that between the last two times the file was
// written, and holds until the next. So a job that runs every five minutes draws a line.
//
// # Limits
//
// A file of more than 1 MiB, or with one line that is not understood or that carries a
// time stamp, is not used at all; nor is one that was not written for two days. At most 64
// files and 1000 series are taken, of at most 16 labels of 128 bytes. Names that begin with
// dashcam_ are ours. Whatever is left out is said, with its reason, in the collector's
// health. A file that was refused is not read again until its inode, size or time changes.
//
// # Whose files
//
// Only regular files are read. Symbolic links are not followed and pipes not waited for,
// so that nobody who may write in the directory chooses what else is read. Where everybody
// may write in it (mode o+w), only files of root, of the directory's owner and of the user
// of dashcam are taken. Where its owner and a group may, everybody who can leave a file
// there was trusted with it. Of a file that is no text of metrics nothing is quoted.
//
// # Concurrency
//
// As the contract of package collectors says: one Sample at a time. Nothing else runs.
//
// # Example
//
//	embedded.New(embedded.Config{Textfile: textfile.Options{Dir: "/var/lib/dashcam/textfile"}})
//
// and, by a job:
//
//	printf 'backup_size_bytes %s\n' "$size" > backup.prom.$$ && mv backup.prom.$$ backup.prom
package textfile
