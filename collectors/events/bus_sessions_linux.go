package events

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// listSessions asks logind who is logged in.
func (b *bus) listSessions(ctx context.Context, conn *dbus.Conn) error {
	var all []struct {
		ID   string
		UID  uint32
		User string
		Seat string
		Path dbus.ObjectPath
	}
	err := conn.Object(logindName, logindPath).CallWithContext(ctx, logindName+".Manager.ListSessions", dbus.FlagNoAutoStart).Store(&all)
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	var came []session
	ids := make([]string, 0, len(all))
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	lacking := b.sessions.lacking(ids)
	for i := range all {
		if len(lacking) == 0 || lacking[0] != all[i].ID {
			continue
		}
		lacking = lacking[1:]
		one := session{id: all[i].ID, user: all[i].User}
		var more map[string]dbus.Variant
		if conn.Object(logindName, all[i].Path).CallWithContext(ctx, propertiesAt+".GetAll", dbus.FlagNoAutoStart, logindName+".Session").Store(&more) == nil {
			one.class, _ = more["Class"].Value().(string) // without one it is told as a person's
			one.service, _ = more["Service"].Value().(string)
		}
		came = append(came, one)
	}
	b.sessions.listed(came, ids)
	return nil
}
