package main

var ofCPU = []incident{
	{
		name: "cpu-one-core", what: "stress-ng keeps one processor busy", resources: one("cpu"), culprits: one("stress-ng*"),
		causes: one("process stress-ng*", "series cpu.core.*", "series cpu.usage*"), trouble: "exec stress-ng --quiet --cpu 1",
	},
	{
		name: "cpu-one-core-service", what: "a service in Python runs in a loop", resources: one("cpu"), culprits: one("python3*", "report.service"),
		causes:  one("process python3*", "service report.service", "series cpu.core.*", "series cpu.usage*"),
		trouble: "service report -- python3 -c 'while True: pass'",
	},
	{
		name: "cpu-all-cores", what: "stress-ng keeps all processors busy", resources: one("cpu"), culprits: one("stress-ng*"),
		causes: one("process stress-ng*", "series cpu.*", "series pressure.*cpu*"), trouble: `exec stress-ng --quiet --cpu $(($(nproc) * 2))`,
	},
	{
		name: "cpu-all-cores-service", what: "a service computes checksums on all processors", resources: one("cpu"), culprits: one("sha256sum", "crunch.service"),
		causes:  one("process sha256sum", "service crunch.service", "series cpu.*"),
		trouble: `service crunch -- bash -c 'for i in $(seq $(($(nproc) + 2))); do sha256sum /dev/zero & done; wait'`,
	},
	{
		name: "cpu-many-threads", what: "sixty workers want the processors at once", resources: one("cpu"), culprits: one("stress-ng*", "session*"),
		causes: one("process stress-ng*", "service session*", "series tasks.*", "series cpu.*"), trouble: "exec stress-ng --quiet --cpu 60",
	},
	{
		name: "cpu-pipe", what: "somebody compresses without end, in pipes", resources: one("cpu"), culprits: one("gzip", "dd"),
		causes:  one("process gzip", "process dd", "series cpu.*"),
		trouble: `for i in $(seq $(($(nproc) + 1))); do dd if=/dev/zero bs=64k status=none | gzip -9 >/dev/null & done; wait`,
	},
	{
		name: "cpu-system-calls", what: "dd copies byte by byte, on all processors", resources: one("cpu"), culprits: one("dd"),
		causes: one("process dd", "series cpu.*"), trouble: `for i in $(seq $(($(nproc) + 2))); do dd if=/dev/zero of=/dev/null bs=1 status=none & done; wait`,
	},
	{
		name: "cpu-short-lived", what: "a script of a user starts programs without end, each of which lives for a moment", resources: one("cpu"),
		culprits: one("bash", "true", "session*", "expr"), causes: one("process bash", "service session*", "series cpu.*", "event exec*"),
		trouble: `for i in $(seq $(($(nproc) + 2))); do while :; do /bin/true; expr 1 + 1 >/dev/null; done & done; wait`,
	},
	{
		name: "cpu-short-lived-service", what: "a service starts programs without end, each of which lives for a moment", resources: one("cpu"),
		culprits: one("poller.service", "bash", "date"), causes: one("process bash", "process sh", "service poller.service", "series cpu.*", "event exec*"),
		trouble: `service poller -- bash -c 'for i in $(seq $(($(nproc) + 2))); do while :; do /usr/bin/date >/dev/null; done & done; wait'`,
	},
	{
		name: "cpu-container", last: 45 * second, what: "a container computes on all processors", resources: one("cpu"), culprits: one("yes", "cruncher*", "docker*"),
		causes: one("process yes", "service *", "series cpu.*"), setup: "engine",
		trouble: `container cruncher -- sh -c 'yes >/dev/null & yes >/dev/null & yes >/dev/null & yes >/dev/null'`,
		undo:    "docker kill cruncher >/dev/null; systemctl stop docker docker.socket containerd 2>/dev/null; true",
	},
}
