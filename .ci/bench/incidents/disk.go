package main

import "time"

const second = time.Second

var ofDisk = []incident{
	{
		name: "disk-write-storm", what: "dd writes as fast as the disk takes it", resources: one("disk"), culprits: one("dd"),
		causes: one("process dd", "series disk.*", "series pressure.*io*"), trouble: "while :; do dd if=/dev/zero of=big bs=1M count=256 oflag=direct status=none; done",
	},
	{
		name: "disk-write-buffered", what: "dd writes through the cache of files", resources: one("disk"), culprits: one("dd", "kworker*"),
		causes: one("process dd", "series disk.*", "series pressure.*io*", "series memory.*"), trouble: "while :; do dd if=/dev/zero of=big bs=1M count=400 conv=fdatasync status=none; done",
	},
	{
		name: "disk-write-service", what: "a backup of a service writes to the disk", resources: one("disk"), culprits: one("tar", "dd", "backup.service"),
		causes:  one("process tar", "process dd", "service backup.service", "series disk.*"),
		setup:   "dd if=/dev/zero of=data bs=1M count=100 status=none; sync",
		trouble: `service backup -- bash -c "while :; do dd if=$DIR/data of=$DIR/backup bs=1M oflag=direct status=none; done"`,
	},
	{
		name: "disk-fsync-storm", what: "fio waits for the disk after every 4 KiB, as databases do", resources: one("disk"), culprits: one("fio"),
		causes: one("process fio", "series disk.*", "series pressure.*io*"), setup: "truncate -s 64M data",
		trouble: "exec fio --name=log --filename=data --size=64M --rw=randwrite --bs=4k --fsync=1 --numjobs=4 --time_based --runtime=120 --ioengine=psync",
	},
	{
		name: "disk-read-random", what: "fio reads at random, sixteen at once", resources: one("disk"), culprits: one("fio"),
		causes: one("process fio", "series disk.*", "series pressure.*io*"), setup: "dd if=/dev/urandom of=data bs=1M count=128 status=none; sync",
		trouble: "exec fio --name=look --filename=data --size=128M --rw=randread --bs=4k --direct=1 --numjobs=8 --time_based --runtime=120 --ioengine=psync",
	},
	{
		name: "disk-read-storm", what: "dd reads as fast as the disk gives", resources: one("disk"), culprits: one("dd"),
		causes: one("process dd", "series disk.*", "series pressure.*io*"), setup: "dd if=/dev/zero of=data bs=1M count=256 status=none; sync",
		trouble: "while :; do dd if=data of=/dev/null bs=1M iflag=direct status=none; done",
	},
	{
		name: "disk-read-service", what: "a service looks through files that no cache has", resources: one("disk"), culprits: one("fio", "scan.service"),
		causes:  one("process *", "service scan.service", "series disk.*"),
		setup:   "dd if=/dev/zero of=data bs=1M count=200 status=none",
		trouble: "service scan -- fio --name=scan --filename=$DIR/data --size=200M --rw=read --bs=128k --direct=1 --numjobs=2 --time_based --runtime=120 --ioengine=psync",
	},
	{
		name: "disk-logs", what: "a program writes its log without end", resources: one("disk"), culprits: one("chatty*", "python3*", "fio"),
		causes:  one("process python3*", "service chatty.service", "series disk.*"),
		trouble: "service chatty -- python3 -c '\nimport os\nlog = os.open(\"'$DIR'/chatty.log\", os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_DSYNC)\nwhile True:\n    os.write(log, b\"2026-11-29 something went wrong, and here is all of it: \" * 2000)\n'",
	},
	{
		name: "disk-two-services", what: "two services write to the disk at once, one four times as much", resources: one("disk"), culprits: one("dd", "dump.service", "fio"),
		causes:  one("process dd", "process fio", "service dump.service", "series disk.*"),
		trouble: `service dump -- bash -c "cd $DIR; while :; do dd if=/dev/zero of=big bs=1M count=256 oflag=direct status=none; done"; service small -- fio --name=log --filename=$DIR/data --size=16M --rw=randwrite --bs=16k --fsync=1 --rate=1m --time_based --runtime=120 --ioengine=psync`,
	},
	{
		name: "disk-sync", what: "many small files are written and synced", resources: one("disk"), culprits: one("python3*"),
		causes:  one("process python3*", "series disk.*", "series pressure.*io*"),
		trouble: python("\nimport os\nn = 0\nwhile True:\n    n += 1\n    f = os.open(\"f%d\" % (n % 500), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)\n    os.write(f, b\"x\" * 6000)\n    os.fsync(f)\n    os.close(f)\n"),
	},
}
