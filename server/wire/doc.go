// Package wire is the protocol between the server and the page: the messages, their
// encoders and the reader of what pages send. PROTOCOL.md beside it is the
// specification; a test compares its examples with what is written here.
//
// The Go structs are the truth. The page's TypeScript types are generated from them
// (go generate ./server/wire), and testdata/vectors holds sequences of messages with
// the state they must lead to, which the Go tests and the page's tests both read.
//
// # What it guarantees
//
// What is sent often (frames, history, tables) is written by encoders of its own that
// allocate nothing but the text; everything else goes through encoding/json. Every
// message is valid UTF-8 and safe inside a script element, whatever the texts of the
// host are. [ParseClient] takes any bytes: what is wrong with a message is a
// [*ClientError] that says what was expected. [State] is the reference for what a
// sequence of messages means, and refuses one that does not fit what came before.
//
// # Concurrency
//
// The package imports the contract of package collectors and nothing else of ours,
// starts no goroutine and keeps no state: every function may be called from any
// goroutine, and a State belongs to whoever made it.
//
// # Example
//
//	text := wire.AppendFrame(nil, previous, row)   // what the server sends
//	message, err := wire.ParseClient(received)     // what a page sent
package wire
