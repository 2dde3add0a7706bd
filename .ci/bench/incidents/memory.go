package main

const (
	swap   = `dd if=/dev/zero of=swap bs=1M count=768 status=none && chmod 600 swap && mkswap -q swap && swapon swap`
	noSwap = "swapoff swap"
)

var ofMemory = []incident{
	{
		name: "memory-hog", what: "stress-ng holds nearly all memory", resources: one("memory"), culprits: one("stress-ng*"),
		causes: one("process stress-ng*", "series memory.*", "series pressure.*memory*"), trouble: "exec stress-ng --quiet --vm 1 --vm-bytes 88% --vm-keep --vm-method zero-one",
	},
	{
		name: "memory-leak-service", what: "a service grows until memory is short", resources: one("memory"), culprits: one("python3*", "leaky.service"),
		causes: one("process python3*", "service leaky.service", "series memory.*"), last: 30 * second,
		trouble: "service leaky OOMScoreAdjust=1000 -- python3 -c '\nimport time\nheld = []\nwhile True:\n    held.append(b\"x\" * (9 << 20))\n    time.sleep(0.2)\n'",
	},
	{
		name: "memory-oom", last: 34 * second, what: "a program takes memory until it is killed", resources: one("memory"), culprits: one("python3*"),
		causes:  one("event oom", "event exit", "process python3*", "series memory.*"),
		trouble: `echo 1000 >/proc/self/oom_score_adj; exec python3 -c '` + "\nimport time\nheld = []\nwhile True:\n    held.append(b\"x\" * (64 << 20))\n    time.sleep(0.25)\n'",
	},
	{
		name: "memory-swap-storm", what: "stress-ng uses more memory than there is, with swap", resources: one("memory"), culprits: one("stress-ng*"),
		causes: one("process stress-ng*", "series memory.*", "series swap.*", "series pressure.*memory*"), setup: swap, undo: noSwap, last: 28 * second,
		trouble: "exec stress-ng --quiet --vm 2 --vm-bytes 130% --vm-method inc-nybble",
	},
	{
		name: "memory-swap-service", what: "a service uses more memory than there is, with swap", resources: one("memory"), culprits: one("python3*", "index.service"),
		causes: one("process python3*", "service index.service", "series memory.*", "series swap.*"), setup: swap, undo: noSwap, last: 28 * second,
		trouble: "service index -- python3 -c '\nheld = bytearray(1100 << 20)\nwhile True:\n    for i in range(0, len(held), 4096):\n        held[i] = (held[i] + 1) % 256\n'",
	},
	{
		name: "memory-shared", what: "files in /dev/shm fill the memory", resources: one("memory"), culprits: one("dd", "stress-ng*", "session*"),
		causes:  one("process dd", "series memory.*", "service session*"),
		trouble: `mount -o remount,size=95% /dev/shm; dd if=/dev/zero of=/dev/shm/full bs=1M count=$(($(awk "/MemAvailable/ {print \$2}" /proc/meminfo) / 1024 - 60)) status=none; sleep 60`,
		undo:    "rm -f /dev/shm/full",
	},
	{
		name: "memory-many", what: "twelve workers together take the memory", resources: one("memory"), culprits: one("stress-ng*"),
		causes: one("process stress-ng*", "series memory.*", "series pressure.*memory*"), trouble: "exec stress-ng --quiet --vm 12 --vm-bytes 90% --vm-keep --vm-method zero-one",
	},
}
