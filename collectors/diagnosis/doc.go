// Package diagnosis says in words what numbers mean: what is wrong with a host at a
// moment and who does it ([Judge]), and what changed in a stretch of time ([Changes]).
//
// Both are functions of a [collectors.Source] alone: the same rows give the same words,
// live, in the past and for another host. Nothing is guessed. Every clause names the
// series that it was made from, and a page that shows it links them.
//
// # The verdict
//
// The states of the resources (package signs) decide whether something is wrong, how bad
// it is and since when; [rules] has one sentence for everything that can decide a state.
// They follow published methods: Brendan Gregg's USE method (utilization, saturation,
// errors) for the order of questions, the kernel's pressure stall information for waiting.
//
// Somebody is named only where he takes at least half of what is used in that second, or a
// fifth and more than in the minute before it began. Otherwise it is "spread over 41
// processes". Where no process takes that much the service may: many small processes of one
// are one culprit. Threads of the kernel work for others and are not named. Two things that
// happen at once are told as such, never as cause and effect.
//
// # Decisions
//
//   - A state is held for a while; who does it is looked for at the newest second in which
//     the resource was short.
//   - Waiting for free processors is not saturation, and a service at a limit of its own is
//     no short host, though the kernel counts both as waiting.
//   - A disk is busy with what was written before; a link that is switched off has no error.
//
// How often all of this is right is tried on recordings of real trouble: INCIDENTS.md.
//
// # What changed
//
// Every series is compared with the stretch before: the distance of the medians over how
// much it varied then, with a floor for each unit, so that noise near zero does not win.
// Events and processes that were not there before come first.
//
// # Concurrency
//
// Both may be called by any goroutine; they wait where the source does. Whoever judges row
// after row uses a [Judging], which gives the same and reads the calm before only once.
//
// # Example
//
//	v, err := diagnosis.Judge(ctx, ring, time.Now().UnixMilli())
//	fmt.Println(v.Text) // disk saturated since 18:02:44: pg_dump (backup.service) writes 154 of 175 MiB/s
package diagnosis
