package wire

// The limits of what a page may send. A message beyond them ends the socket: with
// CloseTooBig when it is too long, CloseTooMany when it comes too soon, otherwise
// CloseProtocol.
const (
	// MaxInbound is the longest message from a page, in bytes, after inflating.
	MaxInbound = 4096
	// MaxTopics is how many topics one message may name.
	MaxTopics = 16
	// MaxTopicLen is the longest name of a topic, in bytes.
	MaxTopicLen = 64
	// MaxInstanceLen is the longest instance id, in bytes.
	MaxInstanceLen = 64
	// MaxPerSecond is how many messages a page may send per second, on average.
	MaxPerSecond = 5
	// MaxBatchBytes is the length that a history message is kept below, in bytes.
	// A single row may exceed it.
	MaxBatchBytes = 256 << 10
)

// The codes with which the server closes a socket. All but CloseTooBig come after a
// [Bye] where the peer still reads.
const (
	// CloseStopping says that the server stops; the page returns after Bye.RetryMs.
	CloseStopping = 1001
	// CloseSignedOut says that the session ended; the page shows the sign-in.
	CloseSignedOut = 1008
	// CloseTooBig says that a message was longer than MaxInbound.
	CloseTooBig = 1009
	// CloseTryLater says that there are too many viewers, or that this one did not
	// read in time; the page returns after Bye.RetryMs.
	CloseTryLater = 1013
	// CloseProtocol says that a message of the page was not understood; returning
	// at once would not help.
	CloseProtocol = 4000
	// CloseVersion says that the page asked for another subprotocol than
	// Subprotocol; it offers to reload.
	CloseVersion = 4001
	// CloseTooMany says that the page sent more than MaxPerSecond messages, or
	// control frames without end.
	CloseTooMany = 4002
	// CloseIdle says that the page did not subscribe within 10 s.
	CloseIdle = 4003
)
