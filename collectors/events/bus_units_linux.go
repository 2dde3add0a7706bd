package events

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// listUnits asks systemd to tell what changes, and for what there is.
func (b *bus) listUnits(ctx context.Context, conn *dbus.Conn) error {
	systemd := conn.Object(systemdName, systemdPath)
	err := systemd.CallWithContext(ctx, systemdName+".Manager.Subscribe", dbus.FlagNoAutoStart).Store()
	var refused dbus.Error
	already := errors.As(err, &refused) && refused.Name == systemdName+".AlreadySubscribed"
	if err != nil && !already {
		return fmt.Errorf("subscribe: %w", err)
	}
	var all []struct {
		Name, Description, Load, Active, Sub, Following string
		Path                                            dbus.ObjectPath
		JobID                                           uint32
		JobType                                         string
		JobPath                                         dbus.ObjectPath
	}
	err = systemd.CallWithContext(ctx, systemdName+".Manager.ListUnitsByPatterns", dbus.FlagNoAutoStart, []string{}, []string{"*.service"}).Store(&all)
	if err != nil {
		return fmt.Errorf("list units: %w", err)
	}
	now := make([]unitChange, 0, len(all))
	for i := range all {
		now = append(now, unitChange{name: all[i].Name, active: all[i].Active, sub: all[i].Sub})
	}
	b.units.listed(now)
	return nil
}

// parseUnit reads the arguments of PropertiesChanged.
func parseUnit(name string, body []any) (c unitChange, ok bool) {
	var kind string
	var values map[string]dbus.Variant
	var invalid []string
	if dbus.Store(body, &kind, &values, &invalid) != nil {
		return c, false
	}
	c.name = name
	switch kind {
	case systemdName + ".Service":
		var e unitEnd
		if e.result, ok = values["Result"].Value().(string); !ok {
			return c, false
		}
		e.code, _ = values["ExecMainCode"].Value().(int32) // 0 is not known
		e.status, _ = values["ExecMainStatus"].Value().(int32)
		c.ended = &e
		return c, true
	case systemdName + ".Unit":
		c.active, ok = values["ActiveState"].Value().(string)
		c.sub, _ = values["SubState"].Value().(string) // 0 is not known
		return c, ok
	}
	return c, false
}
