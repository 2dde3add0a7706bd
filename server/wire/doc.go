// Package wire is the protocol between the server and the page: the messages, their
// encoders, the reader of what pages send, and this specification. It imports the
// contract of package collectors and nothing else of ours, starts no goroutine and
// keeps no state: every function may be called from any goroutine, and a [State]
// belongs to whoever made it.
//
//	text := wire.AppendFrame(nil, previous, row)   // what the server sends
//	message, err := wire.ParseClient(received)     // what a page sent
//
// The Go structs are the truth. The page's TypeScript types are generated from them
// (go generate ./server/wire), and testdata/vectors holds sequences of messages with
// the state they must lead to, which the Go tests and the page's tests both read. The
// examples below are compared with what the encoders write by a test.
//
// # The socket
//
// The socket is at ws, relative to the page, with the subprotocol dashcam.v1. Every
// message is one JSON object in one text message, tagged by type. An unknown type and
// an unknown field are ignored on both sides. Another protocol number in hello, or
// another build than the page's own, makes the page offer to reload.
//
// Numbers of a series are in quanta: the value is the number times the quantum of its
// series, which is a power of two, so that page, ring and disk hold the same number.
// No magnitude exceeds 2^53. null is missing, which is not zero. Times are Unix
// milliseconds of the host's clock.
//
// A row is everything known at one tick. Rows are counted by seq without holes within an
// instance, one run of the server. Row 0 stands for the state before the first:
// everything is missing.
//
// The first row of an instance is 1, or, where the server keeps its history on disk, the
// one behind the newest that an earlier instance left there; the ids of series are kept
// then, too. So rows of earlier instances are rows like all others: history, api/v1/row
// and api/v1/processes name them by seq, and a stretch of buckets may reach over any
// number of restarts. The first row behind a restart says as missed how many rows there
// are none of, and as why how the instance before ended. Of two rows with one seq that a
// page saw under different instances, that of the newer one is remembered: a power cut
// may take the last 2 s of rows, and their numbers are given again.
//
// # From the server: the beginning
//
// hello is the first message. oldest and newest are the rows that are remembered, both
// 0 while there are none. first is the first row of this instance, where that is not 1.
// A page that knew another instance begins anew. starts, where earlier instances are
// remembered, are the first rows of those and of this one, with their times and how the
// instance before ended: at most the newest 100.
//
//	{"type":"hello","protocol":1,"version":"0.1.0","build":"5d41402a","instance":"01J9ZKQ3",
//	 "host":{"id":"9f86d081884c7d659a2feaa0c55ad015","hostname":"db-01","os":"Debian 12","kernel":"6.12.3",
//	 "arch":"amd64","cpus":16,"memory":67108864000,"bootMs":1794000000000,"tz":"Europe/Berlin",
//	 "utcOffsetMin":60,"container":false},"intervalMs":1000,"nowMs":1795187100010,"oldest":1,
//	 "oldestT":1795186289000,"newest":812}
//
// A schema with series, be the list empty, is complete and comes second. Later ones
// are differences: what add holds is new or replaces the series with its id, and what
// drop names is gone, since no remembered row has a value for it. Ids are not reused
// within an instance. Panels, resources and tables do not change within one.
//
//	{"type":"schema","rev":3,"series":[{"id":0,"name":"cpu.usage","labels":{"mode":"user"},"unit":"percent",
//	 "kind":"counter","quantum":0.0625,"max":100,"warn":90,
//	 "help":"Share of all processors' time by what they did.","source":"/proc/stat"},{"id":7,
//	 "name":"state.disk","kind":"state","quantum":1,"help":"How the disks are doing.","states":["ok","warn",
//	 "critical"]}],"panels":[],"resources":[],"tables":[]}
//	{"type":"schema","rev":4,"add":[{"id":4,"name":"disk.bytes","labels":{"device":"sda","dir":"read"},
//	 "info":{"class":"physical"},"unit":"bytes/s","kind":"counter","quantum":16,
//	 "help":"Data read and written.","source":"/proc/diskstats"}],"drop":[7]}
//
// Every message with a rev comes after the schema it needs: its rev is at most that of
// the last schema on the socket. One that is not is refused.
//
// health is the state of a collector: all of them on joining, then each that changes.
// state is ok, late, failing, stuck or off.
//
//	{"type":"health","collector":"disk","title":"Disks","state":"stuck","sinceMs":1795187100004,
//	 "reason":"no answer since 12:25:00","cadenceMs":1000}
//
// # From the server: rows
//
// A page that subscribed to metrics is given the rows it asked for in pieces of
// history, and then every new row as a frame.
//
// A piece of history stands for itself. seq and t are its rows. columns has
// [id, [value per row]] for each series with a value in it, [id, value] for one that
// has the same value in every row, and, where that is shorter, [id, value, [difference
// per further row]]: the value of the first row, and for each other one the difference
// to the value before it that is not null, or to 0 where there is none. A null is a
// missing row in both, and no difference exceeds 2^53. A series without a column is
// missing in all rows. missed names rows before which ticks were skipped, and why. gap names rows
// that were asked for and are not remembered any more, both ends included. more says
// that another piece follows. A piece has at most 600 rows and, unless it is a single
// row, at most 256 KB. Pieces may come in any order and are placed by seq; the newest
// ends exactly before the first frame that follows.
//
//	{"type":"history","rev":4,"seq":[790,791,792],"t":[1795187078000,1795187079000,1795187080000],
//	 "columns":[[0,[112,96,null]],[1,7]],"missed":[{"seq":791,"count":2,"why":"the sampler was late"}],
//	 "gap":{"from":600,"to":789},"more":true}
//	{"type":"history","rev":4,"seq":[793,794,795],"t":[1795187081000,1795187082000,1795187083000],
//	 "columns":[[0,1000112,[4,null]],[1,7]]}
//
// A page that asked for a window in parts is given what its first screen shows before
// the rest, so that a slow line has a whole first screen early: pieces with part
// "first" have the columns of the series that stand in panels with first and in
// resources; then comes the newest row, whole and without part, and what follows it.
// Pieces with part "rest" have all other columns of the same rows, and come whenever
// there is nothing newer to send. Until then a series that is not in the first part is
// not known there, which is not missing. A page that is cut off before it has the rest
// names the rows it lacks it of in since, and is given all their columns as the rest. A
// gap in the rest names rows that were forgotten meanwhile; the halves that came of them
// are no rows.
//
//	{"type":"history","rev":4,"seq":[790,791],"t":[1795187078000,1795187079000],"columns":[[0,[112,96]]],
//	 "more":true,"part":"first"}
//	{"type":"history","rev":4,"seq":[790,791],"t":[1795187078000,1795187079000],"columns":[[1,7]],
//	 "part":"rest"}
//
// A frame is the difference between two rows. d is a flat list of pairs: the distance
// to the next changed series id, beginning at −1, and its value. The one below changes
// the ids 0, 3 and 4. A series that is not named keeps its value. missed and why are as
// in history. A frame applies only to the row seq − 1; a page that does not have that
// row refuses the frame and subscribes again.
//
//	{"type":"frame","rev":4,"seq":812,"t":1795187100000,"d":[1,118,3,0,1,null]}
//
// A viewer that lags is sent history in place of the frames it missed; both are the
// same rows. event is something that happened at a row; it comes after the row. A page
// that resumes is told again what happened at the rows of its reach: it may have been
// cut off between a row and its event.
//
//	{"type":"event","seq":812,"t":1795187100000,"kind":"suspend","text":"suspended 41 s"}
//
// # From the server: tables
//
// A table is an observation of rows that come and go. With base 0 it is whole: rows
// that are not named are gone. Otherwise it is the difference to the observation whose
// seq is base, and a page that has another one refuses it. A row is [key, cells]. A new
// row names the cells that have a value, a known one only those that changed; null is
// a number that is missing. gone names rows that ended. partial says why rows are
// missing from the observation. Keys and texts are chosen by whoever runs on the host:
// they are text, never markup or property names to trust.
//
//	{"type":"table","table":"processes","seq":811,"t":1795187099000,"base":0,"cols":["pid","name","cpu"],
//	 "rows":[["812.99120",{"pid":812,"name":"postgres","cpu":64}],["4410.772",{"pid":4410,"name":"cc1",
//	 "cpu":6400}]]}
//	{"type":"table","table":"processes","seq":812,"t":1795187100000,"base":811,"cols":["pid","name","cpu"],
//	 "rows":[["812.99120",{"cpu":118}],["4431.5",{"pid":4431,"name":"ld"}]],"gone":["4410.772"]}
//
// # From the server: the rest
//
// pong answers a ping with its id and t. bye comes before the server closes.
//
//	{"type":"pong","id":7,"t":81234.5,"nowMs":1795187100120}
//	{"type":"bye","reason":"stopping","retryMs":5000}
//
// # From the page
//
// A page subscribes as soon as the socket is open and does not wait for hello. topics
// are "metrics" and the names of tables; others are ignored. since is the last row the
// page has: it is given what came after. With another instance, or a row that is still
// to come, since counts as none. window is how many of the newest rows are wanted.
// Both reach back at most 3600 rows; rows between since and there that are remembered
// are named by the first piece as older, stand in no gap and are to be had from the API,
// where a page counts them by the rows of the buckets. With neither, history is the newest
// row alone. since beats window, which then only counts for another instance; without
// a window that is 3600 rows. parts allows history in parts where rows
// begin with a window; rows after since are always whole.
//
//	{"type":"subscribe","topics":["metrics","processes"],"since":{"instance":"01J9ZKQ3","seq":789}}
//	{"type":"subscribe","topics":["metrics"],"window":600}
//	{"type":"subscribe","topics":["metrics"],"window":300,"parts":true}
//	{"type":"subscribe","topics":["metrics"],"since":{"instance":"01J9ZKQ3","seq":812,"rest":{"from":513,"to":811}}}
//	{"type":"subscribe","topics":["processes"]}
//	{"type":"unsubscribe","topics":["processes"]}
//	{"type":"ping","id":7,"t":81234.5}
//
// A second subscribe to metrics begins anew when it has a since or a window, and
// changes nothing otherwise. A hidden page unsubscribes from tables; subscribing again
// brings a whole one. Only the newest of several pings is answered.
//
// A message has at most 4096 bytes of UTF-8, at most 16 topics of at most 64 bytes
// each, and a page sends at most 5 messages a second. See limits.go.
//
// # Promises
//
// Every row counts. A page that comes back with since after an interruption shorter
// than what the ring remembers has every row exactly once; after a longer one it is
// told of exactly one gap. The server pings, and drops a peer that is silent for 10 s.
//
// # Close codes
//
//	1001  the server stops                      bye "stopping"    return after retryMs
//	1008  the session ended                     bye "signed-out"  sign in
//	1009  a message was too long                –                 do not repeat it
//	1013  too many viewers, or read too slowly  bye "full", "slow"  return after retryMs
//	4000  a message was not understood          bye "protocol"    do not return at once
//	4001  another subprotocol was asked for     bye "protocol"    offer to reload
//	4002  too many messages or control frames   bye "protocol"    return, slower
//	4003  not subscribed within 10 s            bye "protocol"    return and subscribe
//
// # Where this differs from the first design
//
// A schema without series is a difference even when add and drop are absent, so that
// "complete" can be told from "nothing changed". The rev of a cut piece of history may
// be that of a row after its last one: only "not later than the schema sent" matters.
// hello has oldestT and demo; table has t and partial.
//
// A column may be differences, and a window may come in parts: every value of five
// minutes of 467 series takes 100 KB deflated, which is nearly all that a page may take
// to its first live view; differences take 14 % less, and what the first screen shows
// is a quarter of that (BenchmarkFirstView in cmd/dashcam).
package wire
