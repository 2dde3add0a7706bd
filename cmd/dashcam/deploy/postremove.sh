#!/bin/sh
# After dashcam was removed. What it remembered goes only when the package is purged.
set -e
if [ "$1" = purge ]; then
  rm -rf "$DPKG_ROOT/var/lib/dashcam" "$DPKG_ROOT/var/lib/private/dashcam"
fi
[ -d /run/systemd/system ] && [ -z "$DPKG_ROOT" ] || exit 0
systemctl daemon-reload
