package fleet

import (
	_ "unsafe" // for go:linkname

	_ "github.com/nats-io/nats-server/v2/server/pse" // has procStatFile
)

// procStatFile is what the package pse of nats-server reads once a second from its init on,
// also in a program that runs no server, for statistics that nobody here asks for. It ends
// when it cannot read it.
//
//go:linkname procStatFile github.com/nats-io/nats-server/v2/server/pse.procStatFile
var procStatFile string

// LetRest ends what linking nats-server begins. It is called at the start of a program,
// within the second after which that would run for the first time.
func LetRest() { procStatFile = "" }
