#!/bin/sh
# After dashcam was installed or upgraded. It is not started unasked.
set -e
[ -d /run/systemd/system ] && [ -z "$DPKG_ROOT" ] || exit 0
systemctl daemon-reload
running=
if systemctl is-active --quiet dashcam; then
  running=yes
  systemctl stop dashcam # a user of the same name that systemd made goes with it
fi
# Where that fails the unit has a user that systemd makes.
systemd-sysusers /usr/lib/sysusers.d/dashcam.conf || true
if [ -n "$running" ]; then
  systemctl start dashcam
else
  echo "dashcam: systemctl enable --now dashcam starts it, at http://127.0.0.1:7272"
fi
