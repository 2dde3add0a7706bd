// Package bench compares dashcam with other ways of doing the same. It is a module of its own,
// so that what it compares with never becomes part of dashcam:
//
//	cd .ci/bench && go test -bench .
//
// The command cost measures a whole program.
package bench
