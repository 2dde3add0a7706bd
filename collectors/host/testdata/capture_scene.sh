#!/bin/sh
# Sets up a scene on this machine and captures it at two moments, as fixtures for the
# collectors of devices and processes:
#
#   testdata/capture_scene.sh testdata/<machine>
#
# It has a bridge, a pair of virtual links and a tunnel; two file systems on loop devices, of
# which one is turned read-only between the moments, and small and large ones in
# memory; and processes of several users and states with names that are hard to read. They
# live in process, mount and control group namespaces of their own, and everything is gone
# afterwards. It needs root, iproute2, util-linux and e2fsprogs.
#
# Left out on purpose: environments, command lines, hardware addresses.
set -eu

if [ "${1:-}" != inside ]; then
	machine=$(realpath "$1")
	scratch=$(mktemp -d /var/tmp/scene.XXXXXX)
	clean() {
		for link in scene-a scene-br scene-tun; do ip link del "$link" 2>/dev/null || :; done
		rm -rf "$scratch"
	}
	trap clean EXIT
	ip link add scene-a type veth peer name scene-b
	ip link add scene-br type bridge
	ip link set scene-b master scene-br
	for link in scene-a scene-b scene-br; do ip link set "$link" up; done
	ip tuntap add scene-tun mode tun
	# The outer /proc stays reachable as descriptor 9: kernel threads exist only there.
	unshare --pid --fork --kill-child --mount --cgroup "$0" inside "$machine" "$scratch" 9</proc
	exit
fi

machine=$2
scratch=$3

files='
/proc/diskstats
/proc/stat
/proc/net/dev
/proc/net/netstat
/proc/net/snmp
/proc/net/snmp6
/proc/net/sockstat
/proc/net/sockstat6
/proc/net/softnet_stat
/sys/block/*/device/ioerr_cnt
/sys/block/*/device/model
/sys/block/*/device/vendor
/sys/block/*/hidden
/sys/block/*/queue/rotational
/sys/block/*/removable
/sys/block/*/size
/sys/class/net/*/bridge/stp_state
/sys/class/net/*/carrier_changes
/sys/class/net/*/device/vendor
/sys/class/net/*/operstate
/sys/class/net/*/speed
/sys/class/net/*/statistics/rx_missed_errors
/sys/class/net/*/type
/sys/class/net/*/uevent
/sys/fs/ext4/*/errors_count
'

copy() {
	[ -f "$1" ] || return 0
	mkdir -p "$(dirname "$2")"
	cat "$1" >"$2" 2>/dev/null || rm -f "$2"
}

# process copies what is read of one process: its number, then the /proc it is seen in.
process() {
	for file in stat statm status io cgroup; do
		copy "$2/$1/$file" "$tree/proc/$1/$file"
	done
}

capture() {
	tree=$1
	rm -rf "$tree"
	for file in $files; do
		# With another root, files of the network are those of process 1.
		case $file in
		/proc/net/*) copy "$file" "$tree/proc/1/net/${file##*/}" ;;
		*) copy "$file" "$tree$file" ;;
		esac
	done
	for link in /sys/class/net/*/device/driver; do
		mkdir -p "$(dirname "$tree$link")"
		ln -sfn "$(readlink "$link")" "$tree$link"
	done
	for dir in /proc/[0-9]*; do
		process "${dir#/proc/}" /proc
	done
	for pid in $threads; do
		process "$pid" /proc/self/fd/9
	done
	copy /proc/self/mountinfo "$tree/proc/1/mountinfo"
	cut -d' ' -f5 /proc/self/mountinfo | while read -r point; do
		stat -f -c "$point %S %b %f %a %c %d" "$(printf %b "$(echo "$point" | sed 's/\\/\\0/g')")"
	done >"$tree/statfs"
	mkdir -p "$tree/etc"
	grep -E '^(root|nobody|www-data):' /etc/passwd >"$tree/etc/passwd"
}

cut -d' ' -f5 /proc/self/mountinfo | grep '^/mnt/' | while read -r point; do umount -l "$point"; done
mount -t proc proc /proc
echo 900 >/proc/sys/kernel/ns_last_pid
threads='2 14 45'

mount -t tmpfs -o size=1m tmpfs /srv
mkdir '/srv/with space' /srv/data /srv/again /srv/image
mount -t tmpfs -o size=128m large '/srv/with space'
for image in data image; do
	truncate -s 64M "$scratch/$image"
	mkfs.ext4 -q "$scratch/$image"
done
mount -o loop "$scratch/data" /srv/data
mount -o loop,ro "$scratch/image" /srv/image
mkdir /srv/data/part
mount --bind /srv/data/part /srv/again
dd if=/dev/urandom of=/srv/data/file bs=64k count=200 conv=fsync status=none

mkdir "$scratch/bin"
cd "$scratch/bin"
# named runs sleep under another name.
named() {
	cp /bin/sleep "$1"
	"./$1" 60 &
}
named 'a) R 1 ('
named "$(printf 'two\nlines')"
named "$(printf '\377\376 bytes')"
named '<b>&"x"'
setpriv --reuid=65534 --clear-groups sleep 60 &
setpriv --reuid=33 --clear-groups sleep 61 &
setpriv --reuid=4242 --clear-groups sleep 62 &
sleep 63 &
kill -STOP $!
sh -c 'sleep 0.1 & exec sleep 64' &
python3 -c 'import threading, time
for _ in range(4): threading.Thread(target=time.sleep, args=(60,)).start()' &
sh -c 'while :; do :; done' &
busy=$!
python3 -c "import os, time
f = os.open('$scratch/out', os.O_WRONLY | os.O_CREAT)
while True: os.pwrite(f, b'x' * 65536, 0); os.fsync(f); time.sleep(0.02)" &
writer=$!
sleep 65 &
leaver=$!
sleep 1

capture "$machine/t0"
kill $leaver
sync
mount -o remount,ro /srv/data
sleep 2
sleep 66 &
capture "$machine/t1"
kill -9 $busy $writer
umount -R /srv
