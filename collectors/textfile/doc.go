// Package textfile reads metrics that other programs leave in files: the directory of
// *.prom files in Prometheus' text format that node_exporter's collector of the same name
// reads. A job that ends (a backup, a report) writes what it knows into a file of its own
// there, best under another name that it then renames, so that half a file is never seen.
//
// # What becomes of a metric
//
// A metric backup_duration_seconds is the family textfile.backup_duration_seconds, charted
// like any other, and keeps its name, labels and value in /metrics. Its unit comes from the
// ending that OpenMetrics wants: _seconds, _bytes, _ratio, _celsius, _hertz,
// _timestamp_seconds and some more; a counter's from what stands before _total. Of histograms and
// summaries the count and the sum are taken, as counters x_count and x_sum. A metric without a type is a
// counter when it ends with _total, else a gauge.
//
// Labels make series, as always. A family has at most two of them (see package
// collectors); where a metric has more, or not the same for each series, its family has
// the one label "labels" that holds them all, and they are facts of the series besides.
//
// A counter is as old as its file: its rate is that between the last two times the file was
// written, and holds until the next. So a job that runs every five minutes draws a line, not
// a spike.
//
// # Limits
//
// A file of more than 1 MiB, or with one line that is not understood or that carries a
// time stamp, is not used at all; nor is one that was not written for two days, because what
// it says is no longer so. At most 64 files and 1000 series are taken, of at most 16 labels of
// 128 bytes. Names that begin with dashcam_ are ours. Whatever is left out is said, with its
// reason, in the collector's health; the rest goes on. Nothing but regular files is opened.
//
// # Concurrency
//
// As the contract of package collectors says: one Sample at a time. Nothing else runs.
//
// # Example
//
//	cam, err := embedded.New(embedded.Config{Textfile: textfile.Options{Dir: "/var/lib/dashcam/textfile"}})
//
// and, by a job:
//
//	printf 'backup_size_bytes %s\n' "$size" > backup.prom.$$ && mv backup.prom.$$ backup.prom
//
// # Testing
//
// Files in a temporary directory, whose times are set; node_exporter's own collector is
// compared with in package prom.
package textfile
