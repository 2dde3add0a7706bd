#!/bin/sh
# Captures the files that the collectors read, at two moments, as fixtures:
#
#   testdata/capture.sh testdata/<machine> [seconds between the moments]
#
# Text is copied as it is. For dashcam's own process stand this shell's namespaces and
# the control group of process 1.
# Left out on purpose: the machine id, environments, command lines.
set -eu

machine=$1
pause=${2:-3}

global='
/etc/os-release
/proc/cpuinfo
/proc/diskstats
/proc/interrupts
/proc/loadavg
/proc/meminfo
/proc/pressure/cpu
/proc/pressure/io
/proc/pressure/memory
/proc/schedstat
/proc/spl/kstat/zfs/arcstats
/proc/stat
/proc/sys/fs/file-nr
/proc/sys/kernel/arch
/proc/sys/kernel/hostname
/proc/sys/kernel/osrelease
/proc/sys/kernel/pid_max
/proc/sys/net/netfilter/nf_conntrack_count
/proc/sys/net/netfilter/nf_conntrack_max
/proc/uptime
/proc/vmstat
/proc/1/net/dev
/proc/1/net/netstat
/proc/1/net/snmp
/proc/1/net/snmp6
/proc/1/net/sockstat
/proc/1/net/sockstat6
/proc/1/net/softnet_stat
/proc/1/net/stat/nf_conntrack
/run/utmp
/sys/class/dmi/id/product_name
/sys/class/dmi/id/sys_vendor
/sys/class/hwmon/hwmon*/name
/sys/class/hwmon/hwmon*/temp*_crit
/sys/class/hwmon/hwmon*/temp*_input
/sys/class/hwmon/hwmon*/temp*_label
/sys/class/thermal/thermal_zone*/temp
/sys/class/thermal/thermal_zone*/trip_point_*
/sys/class/thermal/thermal_zone*/type
/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq
/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count
/sys/devices/system/cpu/cpu[0-9]*/topology/core_id
/sys/devices/system/cpu/cpu[0-9]*/topology/physical_package_id
/sys/devices/system/edac/mc/mc*/ce_count
/sys/devices/system/edac/mc/mc*/ue_count
'

# copy takes the text of a file, which for /proc and /sys has no size to go by.
copy() {
	[ -f "$1" ] && [ -r "$1" ] || return 0
	mkdir -p "$(dirname "$2")"
	cat "$1" >"$2" 2>/dev/null || rm -f "$2"
}

# link takes a link as it is.
link() {
	target=$(readlink "$1") || return 0
	mkdir -p "$(dirname "$2")"
	ln -sfn "$target" "$2"
}

capture() {
	tree=$1
	rm -rf "$tree"
	for file in $global; do
		copy "$file" "$tree$file"
	done
	copy /proc/1/cgroup "$tree/proc/self/cgroup"
	link /proc/self/ns/pid "$tree/proc/self/ns/pid"
	link /proc/self/ns/cgroup "$tree/proc/self/ns/cgroup"
	link /etc/localtime "$tree/etc/localtime"
	[ -L /etc/localtime ] && copy /etc/localtime "$tree$(readlink -f /etc/localtime)"
	return 0
}

capture "$machine/t0"
sleep "$pause"
capture "$machine/t1"
