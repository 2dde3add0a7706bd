package main

var ofLimits = []incident{
	{
		name: "limits-space", last: 55 * second, what: "a program fills a file system", resources: one("limits"), culprits: one("python3*"),
		causes: one("process python3*", "series filesystem.*"), setup: "small 400M -m 0; truncate -s 0 small/log; dd if=/dev/zero of=small/old bs=1M count=310 status=none",
		trouble: python("\nimport time\nf = open(\"small/log\", \"wb\", buffering=0)\nwhile True:\n    try:\n        f.write(b\"x\" * (1 << 20))\n    except OSError:\n        f.seek(0)\n    time.sleep(0.15)\n"),
	},
	{
		name: "limits-space-service", last: 55 * second, what: "the log of a service fills a file system", resources: one("limits"), culprits: one("python3*", "logger.service"),
		causes: one("process python3*", "service logger.service", "series filesystem.*"), setup: "small 300M -m 0; dd if=/dev/zero of=small/old bs=1M count=240 status=none",
		trouble: "service logger -- python3 -c '\nimport time\nf = open(\"'$DIR'/small/log\", \"wb\", buffering=0)\nwhile True:\n    try:\n        f.write(b\"x\" * (1 << 20))\n    except OSError:\n        f.seek(0)\n    time.sleep(0.15)\n'",
	},
	{
		name: "limits-inodes", last: 55 * second, what: "a program makes files until a file system has no inode left", resources: one("limits"), culprits: one("python3*"),
		causes: one("process python3*", "series filesystem.*"), setup: "small 300M -N 2000",
		trouble: python("\nimport time\nn = 0\nwhile True:\n    n += 1\n    try:\n        open(\"small/f%d\" % n, \"w\").close()\n    except OSError:\n        time.sleep(0.2)\n    if n % 40 == 0:\n        time.sleep(0.1)\n"),
	},
	{
		name: "limits-files", what: "a program opens files and never closes one", resources: one("limits"), culprits: one("python3*"),
		causes: one("process python3*", "series kernel.files*"), setup: "cat /proc/sys/fs/file-max >max; echo 6000 >/proc/sys/fs/file-max",
		undo:    "cat max >/proc/sys/fs/file-max",
		trouble: "ulimit -n 100000; " + python("\nimport os, time\nheld = []\nwhile True:\n    try:\n        held.append(os.open(\"/dev/null\", os.O_RDONLY))\n    except OSError:\n        time.sleep(1)\n    if len(held) % 50 == 0:\n        time.sleep(0.05)\n    if len(held) >= 5300:\n        time.sleep(1)\n"),
	},
	{
		name: "limits-conntrack", what: "more connections than the firewall can follow", resources: one("limits", "network"), culprits: one("python3*"),
		causes: one("process python3*", "series kernel.conntrack*", "series tcp.*"),
		setup:  "pair; modprobe nf_conntrack || exit; nft add table inet follow && nft add chain inet follow in '{ type filter hook input priority 0; }' && nft add rule inet follow in ct state new accept || exit; cat /proc/sys/net/netfilter/nf_conntrack_max >max; echo 500 >/proc/sys/net/netfilter/nf_conntrack_max",
		undo:   "cat max >/proc/sys/net/netfilter/nf_conntrack_max; nft delete table inet follow; ip netns del far; ip link del near 2>/dev/null; true",
		trouble: python(`
import socket, time
n = 0
while True:
    n += 1
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.sendto(b"x", ("10.9.0.2", 1024 + n % 60000))
    except OSError:
        pass
    s.close()
    time.sleep(0.005)
`),
	},
	{
		name: "limits-hung-mount", what: "a file system in user space does not answer any more", resources: one("limits", "disk"),
		causes: one("series filesystem.stalled*", "series tasks.blocked", "event *"), setup: "mkdir -p there here && bindfs there here && sleep 1", last: 40 * second,
		trouble: "kill -STOP $(pidof bindfs); sleep 1; timeout -s KILL 60 ls here",
		undo:    "kill -KILL $(pidof bindfs); umount -l here; true",
	},
	{
		name: "limits-read-only", last: 30 * second, what: "a file system is made read-only", resources: one("limits", "disk"), causes: one("event mount", "series filesystem.read_only*"),
		setup: "small 200M", trouble: "sleep 2; mount -o remount,ro small; sleep 60",
	},
	{
		name: "limits-file-system-errors", last: 30 * second, what: "a file system finds that it is damaged", resources: one("disk", "limits"),
		causes: one("event *", "series filesystem.*"), setup: "small 200M -e continue",
		trouble: `sleep 2; device=$(basename "$(findmnt -n -o SOURCE small)"); echo damaged >/sys/fs/ext4/$device/trigger_fs_error; sleep 60`,
	},
	{
		name: "limits-swap", what: "what is swapped out fills the swap", resources: one("limits", "memory"), culprits: one("python3*"),
		causes: one("process python3*", "series swap.*", "series memory.*"), last: 28 * second,
		setup: `fallocate -l 128M swap && chmod 600 swap && mkswap -q swap && swapon swap`, undo: noSwap,
		trouble: python("\nimport time\nheld = []\ntotal = int(open(\"/proc/meminfo\").read().split()[1]) // 1024\nwhile len(held) * 16 < total + 60:\n    held.append(bytearray(b\"x\" * (16 << 20)))\n    time.sleep(0.1)\ntime.sleep(600)\n"),
	},
}
