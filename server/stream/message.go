package stream

import "sync"

// Message is the text of one message as it goes onto sockets. It is immutable and,
// where [Message.Shared] says so, the same one for every viewer.
type Message struct {
	bytes  []byte
	shared bool
	early  bool

	once     sync.Once
	prepared any
}

// Bytes returns the text. It must not be changed.
func (m *Message) Bytes() []byte { return m.bytes }

// Shared reports whether other viewers get the same message, so that preparing it
// (framing, compressing) is worth doing once for all.
func (m *Message) Shared() bool { return m.shared }

// Early reports whether a page waits for the message before it shows anything, so that
// compressing it well is worth more than compressing it fast.
func (m *Message) Early() bool { return m.early }

// Prepared returns what build made of the text. build is called once per message,
// whoever asks first; the others wait for it. The fan-out does not know what it returns.
func (m *Message) Prepared(build func(text []byte) any) any {
	m.once.Do(func() { m.prepared = build(m.bytes) })
	return m.prepared
}

// lazy is a message that is encoded by the first viewer that needs it: what nobody
// needs is never encoded.
type lazy struct {
	once   sync.Once
	encode func() *Message
	m      *Message
}

func newLazy(encode func() *Message) *lazy { return &lazy{encode: encode} }

// message returns the message; nil when it could not be encoded.
func (l *lazy) message() *Message {
	l.once.Do(func() {
		l.m = l.encode()
		l.encode = nil // what it holds on to may be collected
	})
	return l.m
}
