#!/bin/sh
# Before dashcam is removed (dpkg says "remove", rpm 0), but not before an upgrade.
set -e
case "$1" in
remove | 0) ;;
*) exit 0 ;;
esac
[ -d /run/systemd/system ] && [ -z "$DPKG_ROOT" ] || exit 0
systemctl disable --now dashcam
