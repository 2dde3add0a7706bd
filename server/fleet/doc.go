// Package fleet shows many hosts on one page: agents report to a hub over NATS.
//
// An agent connects outwards to its hub, through the hub's own HTTPS port or to NATS
// itself, and sends a small summary all the time. While somebody looks at a host the hub
// holds a lease, and the agent sends it what a page would get; everything older is asked
// of the host by HTTP over NATS. The history of a host stays on that host.
// PROTOCOL.md is the specification of subjects, messages and the API of a hub.
//
// # What it guarantees
//
// There is no command: nothing that a hub can send makes a host do anything but send, or
// stop sending, what its page shows. An agent reads two subjects, its own leases and
// questions; TestProtocol_HasNoCommand lists every message and what it may cause.
//
// A host is known by its key. It publishes under its own id only and reads nothing of
// others, because the broker knows each connection by its key and gives it those subjects.
// The private key is made on the host and never leaves it.
//
// Every message is bounded and checked before anything is done with it, in both
// directions. Bodies flow under credit: what nobody takes stays where it is.
//
// What is lost on the way is healed by instance and row: a hub that comes back asks for
// the rows after the last one that it has, and for the events after the last one that it
// acknowledged. A host that is silent is never shown as well.
//
// # Concurrency
//
// New functions start nothing. [Agent.Run] and [Hub.Run] block until their context ends,
// and what they started has ended when they return. [Wall] and [Transport] may be used by
// any goroutine.
//
// # Example
//
//	id, err := fleet.Join(ctx, "https://hub:7272", token, fleet.JoinAs{ID: hostID, Name: name})
//	agent, err := fleet.NewAgent(fleet.AgentConfig{
//		Identity: id, Ring: cam.Ring(), Join: cam.Join, Handler: cam.Inside(),
//	})
//	return agent.Run(ctx)
//
// # Decisions
//
// Answers and live messages go to subjects below the host's own id, and not to inboxes, so
// that a host needs no right to publish anywhere else. A hub of a shared NATS is a leaf of
// it: hosts sign in to the hub's broker, which knows their keys, and the cluster needs to
// know nobody. CLUSTER.md says what its operator sets up. An agent that comes by WebSocket
// speaks NATS through a tunnel to the broker within the hub, so that there is one port for
// all.
package fleet
