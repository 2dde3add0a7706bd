// Package wire is the protocol between the server and the page.
package wire
