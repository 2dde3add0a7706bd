package events

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

const addressSource = "rtnetlink (addresses and default routes)"

// addresses tells of addresses of this host and of its default routes, as rtnetlink(7)
// does. Those within a link alone are left out: every link has one.
type addresses struct {
	listener
	known map[string]bool // nil before the first reading
	in    messages
}

func newAddresses(cfg Config) *addresses { return &addresses{listener: newListener(cfg)} }

func (a *addresses) name() string { return addressSource }

func (a *addresses) poll(tell func(collectors.Event)) error {
	if !own(a.cfg) {
		return errOtherNamespace
	}
	if a.fd < 0 {
		const groups = 1<<(unix.RTNLGRP_IPV4_IFADDR-1) | 1<<(unix.RTNLGRP_IPV6_IFADDR-1) | 1<<(unix.RTNLGRP_IPV4_ROUTE-1) | 1<<(unix.RTNLGRP_IPV6_ROUTE-1)
		fd, err := listenNetlink(unix.NETLINK_ROUTE, groups)
		if err != nil {
			return err
		}
		a.fd, a.known = fd, presentAddresses()
	}
	return takeMessages(&a.fd, &a.in, func(b []byte) {
		for _, c := range parseAddresses(b) {
			a.saw(c, tell)
		}
	}, func() {
		a.known = presentAddresses()
		tell(collectors.Event{Kind: KindLost, Level: collectors.LevelWarning, Source: addressSource, Text: "addresses changed faster than it could be told: some changes are lost"})
	})
}

// presentAddresses are those that there are: the kernel tells of them again when their
// lifetime is renewed.
func presentAddresses() map[string]bool {
	known := make(map[string]bool)
	all, err := net.InterfaceAddrs()
	if err != nil {
		return known // then one that is renewed is told once
	}
	for _, one := range all {
		known[one.String()] = true
	}
	return known
}

// addressChange is an address or a default route that came or went.
type addressChange struct {
	link    int
	address netip.Prefix // of an address
	gateway netip.Addr   // of a default route; none for one over a link alone
	route   bool
	gone    bool
}

func (a *addresses) saw(c addressChange, tell func(collectors.Event)) {
	name := strconv.Itoa(c.link)
	if link, err := net.InterfaceByIndex(c.link); err == nil {
		name = link.Name
	}
	e := collectors.Event{Kind: KindAddress, About: collectors.About{Kind: "interface", Name: name}, Source: addressSource}
	switch {
	case c.route:
		e.Text = "the default route"
		if c.gateway.IsValid() {
			e.Text += " by " + c.gateway.String()
		}
		e.Text += " over " + name
		if c.gone {
			e.Level = collectors.LevelWarning
		}
	case a.known[c.address.String()] != c.gone:
		return // nothing new
	default:
		e.Text = c.address.String() + " of " + name
	}
	if !c.route {
		if c.gone {
			delete(a.known, c.address.String())
		} else {
			a.known[c.address.String()] = true
		}
	}
	if c.gone {
		e.Text += " was removed"
	} else {
		e.Text += " was added"
	}
	tell(e)
}

// parseAddresses reads messages about addresses and default routes; all others are left out.
func parseAddresses(b []byte) (all []addressChange) {
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return nil
	}
	for i := range messages {
		m := &messages[i]
		var c addressChange
		var known bool
		switch m.Header.Type {
		case unix.RTM_NEWADDR, unix.RTM_DELADDR:
			c, known = parseAddress(m)
		case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
			c, known = parseDefaultRoute(m)
		}
		if known {
			c.gone = m.Header.Type == unix.RTM_DELADDR || m.Header.Type == unix.RTM_DELROUTE
			all = append(all, c)
		}
	}
	return all
}

// parseAddress reads a struct ifaddrmsg and what follows it.
func parseAddress(m *syscall.NetlinkMessage) (c addressChange, ok bool) {
	if len(m.Data) < unix.SizeofIfAddrmsg {
		return c, false
	}
	bits, scope, index := int(m.Data[1]), m.Data[3], binary.NativeEndian.Uint32(m.Data[4:])
	if scope == unix.RT_SCOPE_LINK || scope == unix.RT_SCOPE_HOST {
		return c, false
	}
	attrs, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return c, false
	}
	var at netip.Addr
	for _, a := range attrs {
		// The address of the peer stands in IFA_ADDRESS, where there is one.
		if a.Attr.Type == unix.IFA_LOCAL || a.Attr.Type == unix.IFA_ADDRESS && !at.IsValid() {
			if one, good := netip.AddrFromSlice(a.Value); good {
				at = one
			}
		}
	}
	return addressChange{link: int(index), address: netip.PrefixFrom(at, bits)}, at.IsValid()
}

// parseDefaultRoute reads a struct rtmsg and what follows it.
func parseDefaultRoute(m *syscall.NetlinkMessage) (c addressChange, ok bool) {
	if len(m.Data) < unix.SizeofRtMsg {
		return c, false
	}
	bits, table, kind := m.Data[1], m.Data[4], m.Data[7]
	if bits != 0 || table != unix.RT_TABLE_MAIN || kind != unix.RTN_UNICAST {
		return c, false
	}
	attrs, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return c, false
	}
	c.route = true
	for _, a := range attrs {
		switch {
		case a.Attr.Type == unix.RTA_GATEWAY:
			c.gateway, _ = netip.AddrFromSlice(a.Value) // none is as good as one that cannot be read
		case a.Attr.Type == unix.RTA_OIF && len(a.Value) >= 4:
			c.link = int(binary.NativeEndian.Uint32(a.Value))
		}
	}
	return c, true
}
