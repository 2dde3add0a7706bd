package wire

import "dashcam/collectors"

//go:generate go run ./internal/tsgen

// Protocol is the version of the protocol, Subprotocol its name on the socket.
const (
	Protocol    = 1
	Subprotocol = "dashcam.v1"
)

// The types of messages from the server.
const (
	TypeHello   = "hello"
	TypeSchema  = "schema"
	TypeHistory = "history"
	TypeFrame   = "frame"
	TypeTable   = "table"
	TypeHealth  = "health"
	TypeEvent   = "event"
	TypeVerdict = "verdict"
	TypePong    = "pong"
	TypeBye     = "bye"
)

// The types of messages from the page.
const (
	TypeSubscribe   = "subscribe"
	TypeUnsubscribe = "unsubscribe"
	TypePing        = "ping"
)

// TopicMetrics is the topic of rows, schemas, health and events, TopicVerdict that of
// what is wrong with the host. Every other topic is the name of a table.
const (
	TopicMetrics = "metrics"
	TopicVerdict = "verdict"
)

// MaxReach is how many rows since and window may reach back; older or wider comes
// from the API. MaxBatch is the most rows of one history message.
const (
	MaxReach = 3600
	MaxBatch = 600
)

// Hello is the first message on a socket.
type Hello struct {
	Type       string          `json:"type"`
	Protocol   int             `json:"protocol"`
	Version    string          `json:"version"`
	Build      string          `json:"build"`
	Instance   string          `json:"instance"`
	Host       collectors.Host `json:"host"`
	IntervalMs int64           `json:"intervalMs"`
	NowMs      int64           `json:"nowMs"`
	Oldest     uint64          `json:"oldest"`
	OldestT    int64           `json:"oldestT"`
	Newest     uint64          `json:"newest"`
	// First is the first row of this instance, absent where that is 1.
	First uint64 `json:"first,omitempty"`
	// Demo says that the host is synthetic.
	Demo bool `json:"demo,omitempty"`
	// Recorded says that the rows are those of an incident's file: no further ones come,
	// and the host's clock stands at the newest.
	Recorded bool `json:"recorded,omitempty"`
	// Starts are when instances began of which rows are remembered, this one included,
	// ascending; absent where only this one is known.
	Starts []Start `json:"starts,omitempty"`
}

// Start is the beginning of an instance.
type Start struct {
	// Seq is its first row, T the time of it; before there is that row, that of the hello.
	Seq uint64 `json:"seq"`
	T   int64  `json:"t"`
	// Why says how the instance before ended.
	Why string `json:"why"`
}

// Series describes one series of the schema.
type Series struct {
	ID      collectors.SeriesID `json:"id"`
	Name    string              `json:"name"`
	Labels  map[string]string   `json:"labels,omitempty"`
	Info    map[string]string   `json:"info,omitempty"`
	Unit    collectors.Unit     `json:"unit,omitempty"`
	Kind    collectors.Kind     `json:"kind"`
	Quantum float64             `json:"quantum"`
	Max     float64             `json:"max,omitempty"`
	Warn    float64             `json:"warn,omitempty"`
	Crit    float64             `json:"crit,omitempty"`
	// Help and Source are in the API's answers. On the socket Source is absent, and Help
	// where the page does not need it.
	Help   string   `json:"help,omitempty"`
	Source string   `json:"source,omitempty"`
	States []string `json:"states,omitempty"`
}

// Schema is complete on joining (Series, Panels, Resources and Tables are present, be
// they empty) and a difference afterwards (Series is absent; Add, Drop). An added
// series with a known id replaces it.
type Schema struct {
	Type      string                `json:"type"`
	Rev       uint64                `json:"rev"`
	Series    []Series              `json:"series,omitzero"`
	Panels    []collectors.Panel    `json:"panels,omitzero"`
	Resources []collectors.Resource `json:"resources,omitzero"`
	Tables    []*collectors.Table   `json:"tables,omitzero"`
	Add       []Series              `json:"add,omitempty"`
	Drop      []collectors.SeriesID `json:"drop,omitempty"`
}

// History is a run of past rows as columns. It is written by AppendHistory; a column
// is [id, [q, …]], [id, q, [d, …]] with differences where that is shorter, or [id, q]
// when every row has the same value.
type History struct {
	Type    string   `json:"type"`
	Rev     uint64   `json:"rev"`
	Seq     []uint64 `json:"seq"`
	T       []int64  `json:"t"`
	Columns []any    `json:"columns" ts:"HistoryColumn[]"`
	// Missed lists the rows before which ticks were skipped.
	Missed []Missed `json:"missed,omitempty"`
	Gap    *Gap     `json:"gap,omitempty"`
	// Older names rows that are left to the API.
	Older *Older `json:"older,omitempty"`
	More  bool   `json:"more,omitempty"`
	// Part says that these are not all columns of the rows.
	Part HistoryPart `json:"part,omitempty"`
}

// HistoryPart is which columns of its rows a batch of history has. Empty means all.
type HistoryPart string

// The parts. Both together are all columns.
const (
	PartPriority  HistoryPart = "first" // those of the first screen
	PartRemaining HistoryPart = "rest"  // all others, of rows whose priority columns came before
)

// Missed says that ticks were skipped before a row, and why.
type Missed struct {
	Seq   uint64 `json:"seq"`
	Count int    `json:"count"`
	Why   string `json:"why"`
}

// Gap names rows that are no longer remembered, both ends inclusive.
type Gap struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// Older names rows that are remembered and not sent, both ends inclusive: they lie
// beyond MaxReach or, where Why says so, cannot be read now. The API has them, or will.
type Older struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	Why  string `json:"why,omitempty"`
}

// Frame is one row as the difference to the row before. D is flat: gap, q, gap, q …;
// gap is the distance to the next changed series id, starting at −1, and q the value
// in quanta or null. It applies only to the state at Seq − 1.
type Frame struct {
	Type   string   `json:"type"`
	Rev    uint64   `json:"rev"`
	Seq    uint64   `json:"seq"`
	T      int64    `json:"t"`
	Missed int      `json:"missed,omitempty"`
	Why    string   `json:"why,omitempty"`
	D      []*int64 `json:"d" ts:"(number | null)[]"`
}

// Table is an observation of a table as the difference to the one of Base, or a full
// one when Base is 0. A row is [key, {column: value}] with the changed cells: quanta
// or null in number columns, text in text columns.
type Table struct {
	Type  string   `json:"type"`
	Table string   `json:"table"`
	Seq   uint64   `json:"seq"`
	T     int64    `json:"t"`
	Base  uint64   `json:"base"`
	Cols  []string `json:"cols"`
	Rows  []any    `json:"rows" ts:"TableRow[]"`
	Gone  []string `json:"gone,omitempty"`
	// Partial says why rows are missing.
	Partial string `json:"partial,omitempty"`
}

// Health is the state of one collector, sent on joining and when it changes.
type Health struct {
	Type string `json:"type"`
	collectors.Health
}

// Event is something that happened at a row.
type Event struct {
	Type string `json:"type"`
	collectors.Event
}

// Verdict is what is wrong with the host at a row. Each one stands for itself.
type Verdict struct {
	Type string `json:"type"`
	Seq  uint64 `json:"seq"`
	collectors.Verdict
}

// Pong answers a Ping.
type Pong struct {
	Type  string  `json:"type"`
	ID    int64   `json:"id"`
	T     float64 `json:"t"`
	NowMs int64   `json:"nowMs"`
}

// ByeReason is why the server ends a socket.
type ByeReason string

// The reasons of a Bye.
const (
	ByeStopping  ByeReason = "stopping"   // the server stops
	ByeFull      ByeReason = "full"       // there are too many viewers
	ByeSlow      ByeReason = "slow"       // this viewer did not read in time
	ByeSignedOut ByeReason = "signed-out" // its session ended
	ByeProtocol  ByeReason = "protocol"   // it sent what is not understood
)

// Bye comes before the server closes the socket. RetryMs says when to return.
type Bye struct {
	Type    string    `json:"type"`
	Reason  ByeReason `json:"reason"`
	RetryMs int64     `json:"retryMs"`
	// Message says what was wrong with what the page sent, and what was expected.
	Message string `json:"message,omitempty"`
}

// Subscribe asks for topics. With Since or Window the metrics topic begins with the
// rows after Since (or the last Window rows).
type Subscribe struct {
	Type   string   `json:"type"`
	Topics []string `json:"topics"`
	Since  *Since   `json:"since,omitempty"`
	Window int      `json:"window,omitempty"`
	// Parts says that the rows of Window may come in parts.
	Parts bool `json:"parts,omitempty"`
}

// Since is the last row a page has.
type Since struct {
	Instance string `json:"instance"`
	Seq      uint64 `json:"seq"`
	// Rest is set where only the priority columns of some rows came.
	Rest *PartialRows `json:"rest,omitempty"`
}

// PartialRows are rows whose remaining columns are wanted, both ends inclusive.
type PartialRows struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// Unsubscribe ends topics.
type Unsubscribe struct {
	Type   string   `json:"type"`
	Topics []string `json:"topics"`
}

// Ping asks for a Pong with the same ID and T.
type Ping struct {
	Type string  `json:"type"`
	ID   int64   `json:"id"`
	T    float64 `json:"t"`
}
