//go:build !linux

package events

import (
	"context"
	"errors"
)

var errOtherSystem = errors.New("Linux only")

func newSources(Config, *processes, *bus) []source { return nil }

type bus struct{}

func newBus(Config, *folder) *bus { return nil }

func (*bus) run(context.Context) {}

func (*bus) off(string) error { return errOtherSystem }

func (p *processes) run(context.Context) error { return errOtherSystem }

func readOnce([]byte, []byte) []byte { return nil }
