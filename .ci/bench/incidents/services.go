package main

var ofServices = []incident{
	{
		name: "service-throttled", what: "a service wants more processor time than it may have", resources: one("service", "limits"), culprits: one("api.service"),
		causes: one("process *", "service api.service", "series service.throttled*"), trouble: "service api CPUQuota=20% -- python3 -c 'while True: pass'",
	},
	{
		name: "service-throttled-threads", what: "a service with many workers and a limit of half a processor", resources: one("service", "limits"), culprits: one("workers.service"),
		causes: one("process stress-ng*", "service workers.service", "series service.throttled*"), trouble: "service workers CPUQuota=50% -- stress-ng --quiet --cpu 4",
	},
	{
		name: "service-out-of-memory", what: "a service is killed at its limit of memory", resources: one("service", "limits", "memory"), culprits: one("hungry.service", "python3*"),
		causes:  one("process *", "event oom", "event exit", "service hungry.service"),
		trouble: "service hungry MemoryMax=80M MemorySwapMax=0 -- python3 -c '\nimport time\nheld = []\nwhile True:\n    held.append(b\"x\" * (4 << 20))\n    time.sleep(0.2)\n'",
	},
	{
		name: "service-at-memory-limit", what: "a service reads files again and again that do not fit into its limit", resources: one("service", "limits", "disk", "memory"),
		culprits: one("cramped.service", "cat", "fio"), causes: one("process *", "service cramped.service", "series disk.*", "series pressure.*"),
		setup:   "dd if=/dev/zero of=data bs=1M count=160 status=none; sync",
		trouble: `service cramped MemoryMax=40M MemorySwapMax=0 -- fio --name=again --filename=$DIR/data --size=160M --rw=randread --bs=4k --time_based --runtime=120 --ioengine=mmap --numjobs=2`,
	},
	{
		name: "service-restarts", what: "a service ends as soon as it is started, again and again", resources: one("none", "cpu", "service"), culprits: one("broken.service", "systemd"),
		causes:  one("event *", "service broken.service", "series cpu.forks"),
		trouble: `service broken Restart=always RestartSec=100ms StartLimitIntervalSec=0 -- bash -c 'echo broken; exit 3'`,
	},
	{
		name: "container-throttled", last: 45 * second, what: "a container wants more processor time than it may have", resources: one("service", "limits"), culprits: one("api", "docker*", "*api*"),
		causes: one("process yes", "service *", "series service.throttled*"), setup: "engine",
		trouble: "container api --cpus 0.3 -- sh -c 'yes >/dev/null & yes >/dev/null'",
		undo:    "docker kill api >/dev/null; systemctl stop docker docker.socket containerd 2>/dev/null; true",
	},
	{
		name: "container-out-of-memory", last: 45 * second, what: "a container is killed at its limit of memory", resources: one("service", "limits", "memory"), culprits: one("eater", "docker*", "tail", "*eater*"),
		causes: one("process tail", "event oom", "event exit", "service *"), setup: "engine",
		trouble: "container eater -m 48m --memory-swap 48m -- sh -c 'sleep 4; tail /dev/zero; sleep 100'",
		undo:    "docker kill eater >/dev/null; systemctl stop docker docker.socket containerd 2>/dev/null; true",
	},
	{
		name: "container-writes", last: 45 * second, what: "a container writes to the disk without end", resources: one("disk"), culprits: one("dd", "writer", "docker*"),
		causes: one("process dd", "service *", "series disk.*"), setup: "engine",
		trouble: `container writer -v "$DIR:/data" -- sh -c 'while :; do dd if=/dev/zero of=/data/big bs=1M count=200 conv=fsync 2>/dev/null; done'`,
		undo:    "docker kill writer >/dev/null; systemctl stop docker docker.socket containerd 2>/dev/null; true",
	},
}
