package main

import "slices"

// incidents are all of them, in the order in which they are made.
func incidents() []incident {
	return slices.Concat(ofCPU, ofMemory, ofDisk, ofLimits, ofServices, ofNetwork, several, ordinary)
}

func one(s ...string) []string { return s }

// in Python, what has to be kept open or counted is written shortly.
func python(text string) string { return "exec python3 -c '" + text + "'\n" }
