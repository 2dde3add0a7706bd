// Package channels sends notifications to chats and phones through shoutrrr, and is the one
// place that knows it. A program that does not import it does not link it; it adds 0.4 MB to
// the binary, and nothing that can be measured to the memory.
//
// # What it adds
//
// shoutrrr knows what each service wants to be asked. What it does not have is added here:
// a message is sent once per call, without retries; a request ends after 15 s, and when its
// context does; no redirect is followed; an answer is read up to 64 KiB; certificates are
// always verified. What is said of a failure never holds the address, which is a secret.
//
// # How
//
// Some of its services use the transport that all programs share, http.DefaultTransport,
// and cannot be given another one. [Open] puts a guard in its place, which bounds the
// requests of a call that is under way and passes on all others. Calls come one at a time,
// so that the guard knows whose request it sees, and whether its answer was lost.
//
// # Concurrency
//
// Open is called once, before anything else uses http.DefaultTransport. Senders may be used
// by several goroutines; they wait for each other.
//
// # Example
//
//	cfg.Channels = channels.Open()
package channels
