// Package notify tells people what the policy of alerts decided: by mail, webhooks,
// Alertmanager and, through package channels, chats and phones.
//
// # What it guarantees
//
// A notice that was taken is on the disk. Each receiver gets each notice once, in order,
// tried for 24 h with exponential back-off. Where the answer to an attempt was lost, or
// dashcam was killed before it, the receiver may have the message: it is sent again, marked
// as perhaps sent twice. Nobody can do better than that who cannot ask what arrived; a
// webhook can tell by its Idempotency-Key, mail by its Message-ID. A recovery is not sent to
// a receiver that did not get its begin. A receiver that fails is told to the others.
//
// What is sent goes to the addresses of the configuration alone: no redirect is followed.
// An address may be a secret, and nothing repeats it: no error, log, state or file holds
// more of it than the scheme, and the host where that is none.
//
// # Receivers
//
// Alertmanager is told all that is firing every minute, and what is over, as Prometheus
// does: it needs no queue. A heartbeat is called every minute while dashcam does its work
// and no receiver fails, so that who waits for it tells of what nobody else can.
//
// # The queue
//
// A journal: each line a checksum and JSON, on the disk before what it says is done. A
// notice, its message, each attempt and its result are a line each. An attempt without a
// result is one whose answer was lost. What is over is left out when the file grows.
//
// # Decisions
//
// Mail is sent by this package: the library's has no deadline after it has connected, one
// transaction per recipient and no encoding of the subject. After two lost answers a third
// attempt is made, although it may arrive a third time: an alarm that nobody got is worse.
//
// # Concurrency
//
// [New] starts nothing. [Notifier.Run] has a goroutine for each receiver, so that one that
// hangs holds up no other, and joins them. All other methods may be called by anyone;
// Notify waits for the disk, the others do not.
//
// # Example
//
//	n, err := notify.New(notify.Config{Receivers: []string{"https://hook.example"}, Source: ring})
//	go n.Run(ctx)
//	err = n.Notify(notice)
package notify
