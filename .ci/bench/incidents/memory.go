package main

const (
	swap   = `fallocate -l 420M swap && chmod 600 swap && mkswap -q swap && swapon swap`
	noSwap = "swapoff swap"
)

var ofMemory = []incident{
	{
		name: "memory-hog", last: 32 * second, what: "stress-ng holds nearly all memory", resources: one("memory"), culprits: one("stress-ng*"),
		causes: one("process stress-ng*", "series memory.*", "series pressure.*memory*"), trouble: "exec stress-ng --quiet --vm 1 --vm-bytes $(free 55)M --vm-keep --vm-hang 0 --vm-method zero-one",
	},
	{
		name: "memory-leak-service", what: "a service grows until memory is short", resources: one("memory"), culprits: one("python3*", "leaky.service"),
		causes: one("process python3*", "service leaky.service", "series memory.*"), last: 30 * second,
		trouble: "service leaky OOMScoreAdjust=1000 -- python3 -c '\nimport time\nheld = []\nwhile True:\n    held.append(b\"x\" * (9 << 20))\n    time.sleep(0.2)\n'",
	},
	{
		name: "memory-oom", last: 40 * second, what: "a program takes memory until it is killed", resources: one("memory"), culprits: one("python3*"),
		causes:  one("event oom", "event exit", "process python3*", "series memory.*"),
		trouble: `echo 1000 >/proc/self/oom_score_adj; exec python3 -c '` + "\nimport time\nheld = []\nwhile True:\n    held.append(b\"x\" * (40 << 20))\n    time.sleep(0.25)\n'",
	},
	{
		name: "memory-swap-storm", what: "two programs of a user use more memory than there is, with swap", resources: one("memory"), culprits: one("python3*"),
		causes: one("process python3*", "series memory.*", "series swap.*", "series pressure.*memory*"), setup: swap, undo: noSwap, last: 28 * second,
		trouble: "for i in 1 2; do python3 -c '\nheld = bytearray(600 << 20)\nwhile True:\n    for i in range(0, len(held), 4096):\n        held[i] = (held[i] + 1) % 256\n' & done; wait",
	},
	{
		name: "memory-swap-service", what: "a service uses more memory than there is, with swap", resources: one("memory"), culprits: one("python3*", "index.service"),
		causes: one("process python3*", "service index.service", "series memory.*", "series swap.*"), setup: swap, undo: noSwap, last: 28 * second,
		trouble: "service index -- python3 -c '\nheld = bytearray(1100 << 20)\nwhile True:\n    for i in range(0, len(held), 4096):\n        held[i] = (held[i] + 1) % 256\n'",
	},
	{
		name: "memory-shared", what: "files in /dev/shm fill the memory", resources: one("memory"), culprits: one("dd", "stress-ng*", "session*"),
		causes:  one("process dd", "series memory.*", "service session*"),
		trouble: `mount -o remount,size=95% /dev/shm; dd if=/dev/zero of=/dev/shm/full bs=1M count=$(free 60) status=none; sleep 60`,
		undo:    "rm -f /dev/shm/full",
	},
	{
		name: "memory-many", last: 34 * second, what: "twelve workers together take the memory", resources: one("memory"), culprits: one("stress-ng*"),
		causes: one("process stress-ng*", "series memory.*", "series pressure.*memory*"), trouble: "exec stress-ng --quiet --vm 12 --vm-bytes $(free 80)M --vm-keep --vm-hang 0 --vm-method zero-one",
	},
}
