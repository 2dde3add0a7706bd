package synthetic

const (
	leakSize  = 26 * gib
	systemd   = "/init.scope"
	services  = "/system.slice/"
	databases = services + "postgresql@16-main.service"
)

// family is a group of processes that differ only in their numbers.
type family struct {
	count              int
	name, user, cgroup string
	threads            int
	memory             float64
	cpu, read, write   float64
	kernel             bool
	role               role
}

// perCPU is the count of threads that exist once per processor.
const perCPU = -1

var families = []family{
	{1, "systemd", "root", systemd, 1, 14 * mib, 0.1, 0, 0, false, worker},
	{1, "kthreadd", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{perCPU, "cpuhp/%", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{perCPU, "migration/%", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{perCPU, "ksoftirqd/%", "root", "/", 1, 0, 0.1, 0, 0, true, worker},
	{perCPU, "idle_inject/%", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{perCPU, "kworker/%:1-events", "root", "/", 1, 0, 0.1, 0, 0, true, worker},
	{perCPU, "kworker/%:0H-kblockd", "root", "/", 1, 0, 0.2, 0, 0, true, worker},
	{1, "rcu_preempt", "root", "/", 1, 0, 0.9, 0, 0, true, worker},
	{1, "kcompactd0", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "kswapd0", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "khugepaged", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "oom_reaper", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "kauditd", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "nvme-wq", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{2, "scsi_eh_%", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "jbd2/dm-0-8", "root", "/", 1, 0, 0.2, 0, 0, true, worker},
	{1, "jbd2/sda1-8", "root", "/", 1, 0, 0, 0, 0, true, flusher},
	{1, "kworker/u33:2+flush-8:0", "root", "/", 1, 0, 0.2, 0, 0, true, flusher},
	{1, "systemd-journald", "root", services + "systemd-journald.service", 1, 96 * mib, 0.6, 0, 22 << 10, false, worker},
	{1, "systemd-udevd", "root", services + "systemd-udevd.service", 1, 9 * mib, 0, 0, 0, false, worker},
	{1, "systemd-logind", "root", services + "systemd-logind.service", 1, 8 * mib, 0, 0, 0, false, worker},
	{1, "systemd-timesyncd", "systemd-timesync", services + "systemd-timesyncd.service", 2, 7 * mib, 0, 0, 0, false, worker},
	{1, "dbus-daemon", "messagebus", services + "dbus.service", 1, 5 * mib, 0, 0, 0, false, worker},
	{1, "cron", "root", services + "cron.service", 1, 3 * mib, 0, 0, 0, false, worker},
	{1, "rsyslogd", "root", services + "rsyslog.service", 4, 12 * mib, 0.2, 0, 14 << 10, false, worker},
	{1, "agetty", "root", services + "getty@tty1.service", 1, 2 * mib, 0, 0, 0, false, worker},
	{3, "sshd", "root", services + "ssh.service", 1, 9 * mib, 0, 0, 0, false, worker},
	{2, "bash", "anna", "/user.slice/user-1000.slice/session-4.scope", 1, 6 * mib, 0, 0, 0, false, worker},
	{1, "nginx", "root", services + "nginx.service", 1, 11 * mib, 0, 0, 0, false, worker},
	{perCPU, "nginx", "www-data", services + "nginx.service", 1, 38 * mib, 2.6, 0, 9 << 10, false, worker},
	{1, "node", "app", services + "api.service", 23, 1400 * mib, 9, 0, 0, false, burner},
	{7, "node", "app", services + "api.service", 11, 420 * mib, 14, 0, 5 << 10, false, worker},
	{12, "python3", "app", services + "worker.service", 4, 310 * mib, 6, 20 << 10, 48 << 10, false, worker},
	{1, "redis-server", "redis", services + "redis-server.service", 6, 3100 * mib, 17, 0, 30 << 10, false, worker},
	{1, "prometheus", "prometheus", services + "prometheus.service", 19, 1900 * mib, 11, 90 << 10, 260 << 10, false, worker},
	{1, "node_exporter", "prometheus", services + "node-exporter.service", 9, 28 * mib, 0.7, 0, 0, false, worker},
	{1, "dockerd", "root", services + "docker.service", 24, 140 * mib, 0.5, 0, 0, false, worker},
	{1, "containerd", "root", services + "containerd.service", 21, 70 * mib, 0.4, 0, 0, false, worker},
	{4, "containerd-shim", "root", services + "containerd.service", 12, 14 * mib, 0.1, 0, 0, false, worker},
	{1, "dashcam", "dashcam", services + "dashcam.service", 9, 61 * mib, 0.4, 0, 0, false, worker},
	{1, "postgres", "postgres", databases, 1, 170 * mib, 0.3, 0, 0, false, worker},
	{1, "postgres", "postgres", databases, 1, 8100 * mib, 1.4, 0, 5 * mib, false, worker},  // checkpointer
	{1, "postgres", "postgres", databases, 1, 900 * mib, 2.2, 0, 1.6 * mib, false, worker}, // wal writer
	{2, "postgres", "postgres", databases, 1, 60 * mib, 0.6, 200 << 10, 60 << 10, false, worker},
	{84, "postgres", "postgres", databases, 1, 240 * mib, 3.4, 60 << 10, 30 << 10, false, worker},
	{1, "postgres", "postgres", databases, 1, 260 * mib, 3, 60 << 10, 30 << 10, false, backend},
	{1, "pg_dump", "postgres", services + "backup.service", 2, 64 * mib, 46, 0, 172 * mib, false, dumper},
	{1, "report-worker", "app", services + "report.service", 8, 640 * mib, 12, 0, 4 << 10, false, leaker},
}

// crowd is what a host with more processes has more of.
var crowd = family{0, "php-fpm", "www-data", services + "php8.2-fpm.service", 1, 48 * mib, 0.1, 0, 2 << 10, false, worker}
