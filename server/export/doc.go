// Package export writes what is remembered for other programs: the names of series, their
// values in units, rows and tables as CSV and as JSON. The API, the commands and the page
// (in TypeScript) write the same, so that a script that reads one reads all.
//
// # Names
//
// A series is called family{label="value",label="value"}, as in Prometheus: [Name]. The
// matcher of package collectors takes it as it is.
//
// # CSV
//
// There is one layout: a line for every moment, a column for every series. The first
// column is the time, in RFC 3339 and UTC, and each head ends with the unit in brackets.
//
//	time,seq,missed,why,"cpu.usage{mode=""user""} (percent)",…      rows
//	time,rows,"cpu.usage{mode=""user""} min (percent)",… mean …,… max …   buckets
//	time,seq,others,partial,key,pid,name,cpu (percent),…            rows of a table
//
// What is missing is an empty field. Text is clean: see [Clean]. A field that begins like
// a formula gets an apostrophe, so that no spreadsheet runs what a process calls itself.
//
// # JSON
//
// Numbers are in the unit of the series, the exact multiple of its quantum; what is
// missing is null in a list, and not there in an object. A state is the index of its
// word.
//
// # Concurrency
//
// A writer belongs to one goroutine. All else are pure functions.
//
// # Example
//
//	w := export.NewCSV(os.Stdout)
//	w.RowsHead(series)
//	w.Row(&row, series)
//	err := w.Flush()
package export
