// Package history is the ring: it remembers rows, answers cursors and range queries.
package history
