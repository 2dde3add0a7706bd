// Package incident makes one HTML file of a stretch of time, and reads it again: every
// row of every series, the tables of processes and services, what happened, the verdict
// and what changed, with the page that shows them. FORMAT.md is its specification.
//
// [Make] asks a [collectors.Source], so that a ring, a store on disk and a file give the
// same. What it keeps are the messages of package wire, which the page reads anyway.
// [Incident.WriteTo] puts them into a page that asks nobody for anything: its content
// policy allows its own script and style, by their hashes, and nothing else.
//
// # What leaves the house
//
// A file goes to people who may not see the host. [Preview] lists the names in it, and
// a [Mask] replaces them: the same name by the same word everywhere, in tables, labels,
// control groups, texts of events, and so in the sentences that are made of them.
//
// # What it guarantees
//
// [Read] trusts nothing: a file that is cut, changed, of a later format or larger than
// there can be is refused in one line, and takes bounded memory. A file of format 1 is
// read by every later version.
//
// # Concurrency
//
// A made incident does not change. A recording that was read is a [collectors.Live] to
// which nothing is added; any goroutine may ask it.
//
// # Example
//
//	made, err := incident.Make(ctx, ring, incident.Options{From: from, To: to, Mask: incident.MaskHosts})
//	if err != nil {
//		return err
//	}
//	_, err = made.WriteTo(out, page)
package incident
