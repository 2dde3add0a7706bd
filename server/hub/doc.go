// Package hub fans the ring out to viewers.
package hub
