package main

const (
	noPair = "ip netns del far; ip link del near 2>/dev/null; true"
	// link is the first that is a device and no loop.
	link = `link=$(cd /sys/class/net; for l in *; do [ -e $l/device ] && echo $l && break; done); [ -n "$link" ] || exit; `
)

var ofNetwork = []incident{
	{
		name: "network-loss", what: "a link loses every tenth packet", resources: one("network"), causes: one("series tcp.*", "series net.*", "process iperf3"),
		setup: "pair; ip netns exec far iperf3 -s -D", undo: "pkill -x iperf3; " + noPair,
		trouble: "ip netns exec far tc qdisc add dev away root netem loss 10%; tc qdisc add dev near root netem loss 10%; exec iperf3 -c 10.9.0.2 -t 120 -b 8M >/dev/null",
	},
	{
		name: "network-loss-both", what: "a link loses every twentieth packet, of many connections", resources: one("network"), causes: one("series tcp.*", "series net.*", "process iperf3"),
		setup: "pair; ip netns exec far iperf3 -s -D", undo: "pkill -x iperf3; " + noPair,
		trouble: "tc qdisc add dev near root netem loss 5% delay 10ms; exec iperf3 -c 10.9.0.2 -t 120 -P 6 -b 2M >/dev/null",
	},
	{
		name: "network-listen-full", what: "a program accepts no connections, and many come", resources: one("network"), culprits: one("python3*", "slow.service"),
		causes:  one("series tcp.*", "process python3*", "service slow.service"),
		trouble: "service slow -- python3 -c '\nimport socket, time\ns = socket.socket()\ns.bind((\"127.0.0.1\", 8099))\ns.listen(4)\ntime.sleep(600)\n'; sleep 2; " + python("\nimport socket, time\nheld = []\nwhile True:\n    s = socket.socket()\n    s.setblocking(False)\n    try:\n        s.connect((\"127.0.0.1\", 8099))\n    except OSError:\n        pass\n    held.append(s)\n    if len(held) > 200:\n        held.pop(0).close()\n    time.sleep(0.01)\n"),
	},
	{
		name: "network-link-down", what: "a link goes down", resources: one("network"), causes: one("event link", "series net.*"),
		trouble: link + "sleep 2; ip link set $link down; sleep 60", undo: link + "ip link set $link up",
	},
	{
		name: "network-link-flaps", what: "a link goes down and up again and again", resources: one("network"), causes: one("event link", "series net.*"),
		trouble: link + "while :; do ip link set $link down; sleep 0.7; ip link set $link up; sleep 1.3; done", undo: link + "ip link set $link up",
	},
	{
		name: "network-drops", what: "packets come faster than they are taken", resources: one("network", "cpu"), culprits: one("python3*", "iperf3", "stress-ng*"),
		causes:  one("series net.*", "series cpu.*", "process iperf3"),
		setup:   "pair; ip netns exec far iperf3 -s -D; cat /proc/sys/net/core/netdev_max_backlog >max; echo 2 >/proc/sys/net/core/netdev_max_backlog",
		undo:    "cat max >/proc/sys/net/core/netdev_max_backlog; pkill -x iperf3; " + noPair,
		trouble: "exec iperf3 -u -c 10.9.0.2 -t 120 -b 60M -l 200 -P 3 >/dev/null",
	},
	{
		name: "network-link-full", what: "a program sends more than a link of 10 Mbit/s takes", resources: one("network"), culprits: one("python3*", "sender.service"),
		causes: one("series net.*", "process python3*", "series use.network*", "series udp*"), setup: link + "ethtool -s $link speed 10 duplex full",
		trouble: "exec " + "python3 -c '\nimport socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nwhile True:\n    for i in range(13):\n        s.sendto(b\"x\" * 1200, (\"10.0.2.2\", 9))\n    time.sleep(0.01)\n'",
	},
	{
		name: "network-interrupts", what: "a flood of small packets keeps the kernel busy", resources: one("cpu", "network"), culprits: one("iperf3", "python3*"),
		causes: one("series net.*", "series cpu.*", "process iperf3", "series udp*"),
		setup:  "pair; ip netns exec far iperf3 -s -D", undo: "pkill -x iperf3; " + noPair,
		trouble: "exec iperf3 -u -c 10.9.0.2 -t 120 -b 0 -l 64 -P 4 >/dev/null",
	},
}

var several = []incident{
	{
		name: "several-cpu-and-disk", what: "one program computes, another one writes", resources: one("cpu", "disk"), culprits: one("stress-ng*", "dd"),
		causes:  one("process stress-ng*", "process dd", "series cpu.*", "series disk.*"),
		trouble: "stress-ng --quiet --cpu 3 & while :; do dd if=/dev/zero of=big bs=1M count=256 oflag=direct status=none; done",
	},
	{
		name: "several-memory-and-disk", last: 32 * second, what: "memory is short, and a backup runs", resources: one("memory", "disk"), culprits: one("stress-ng*", "dd"),
		causes:  one("process stress-ng*", "process dd", "series memory.*", "series disk.*"),
		trouble: "stress-ng --quiet --vm 1 --vm-bytes $(free 55)M --vm-keep --vm-hang 0 --vm-method zero-one & while :; do dd if=/dev/zero of=big bs=1M count=256 oflag=direct status=none; done",
	},
	{
		name: "several-services", what: "two services compute, and one of them takes most", resources: one("cpu"), culprits: one("sha256sum", "large.service"),
		causes:  one("process sha256sum", "service large.service", "series cpu.*"),
		trouble: `service large -- bash -c 'for i in $(seq 6); do sha256sum /dev/zero & done; wait'; service little -- md5sum /dev/zero`,
	},
	{
		name: "several-throttled-and-disk", what: "a service is at its limit of processor time, and a backup runs", resources: one("service", "limits", "disk"), culprits: one("api.service", "dd"),
		causes:  one("process *", "service api.service", "series service.throttled*", "series disk.*"),
		trouble: "service api CPUQuota=20% -- python3 -c 'while True: pass'; while :; do dd if=/dev/zero of=big bs=1M count=256 oflag=direct status=none; done",
	},
}

// ordinary is nothing to complain of, or work that somebody wanted.
var ordinary = []incident{
	{name: "calm-1", what: "nothing", resources: one("none"), last: 60 * second},
	{name: "calm-2", what: "nothing, beside a service that waits", resources: one("none"), last: 60 * second, setup: "service waits -- sleep 600"},
	{name: "calm-long", what: "nothing, for ten minutes", resources: one("none"), last: 600 * second},
	{name: "calm-ticks", what: "a script looks after something every two seconds", resources: one("none"), last: 40 * second, trouble: "while :; do cat /proc/loadavg >/dev/null; sleep 2; done"},
	{
		name: "work-tar", what: "somebody packs a tree", resources: one("none", "cpu", "disk"), culprits: one("tar", "gzip", "session*"), causes: one("process tar", "process gzip", "series *"),
		trouble: "while :; do tar czf away.tar.gz -C / usr/share usr/bin; done",
	},
	{
		name: "work-copy", what: "somebody copies a tree", resources: one("none", "cpu", "disk"), culprits: one("cp", "rm", "kworker*", "session*"), causes: one("process cp", "process rm", "series *"),
		trouble: "while :; do cp -a /usr/share copy; rm -rf copy; done",
	},
	{
		name: "work-find", what: "somebody looks for a word in all files", resources: one("none", "cpu", "disk"), culprits: one("grep", "session*"), causes: one("process grep", "series *"),
		trouble: "while :; do grep -r nowhere /usr/share /usr/lib >/dev/null 2>&1; done",
	},
	{
		name: "work-compile", what: "Python compiles its library", resources: one("none", "cpu", "disk"), culprits: one("python3*", "session*"), causes: one("process python3*", "series *"),
		trouble: "while :; do python3 -m compileall -q -f -j 0 -d x /usr/lib/python3.11 >/dev/null; done",
	},
}
