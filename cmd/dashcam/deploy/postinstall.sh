#!/bin/sh
# After dashcam was installed or upgraded. It is not started unasked.
set -e
[ -d /run/systemd/system ] && [ -z "$DPKG_ROOT" ] || exit 0
systemctl daemon-reload
if systemctl is-active --quiet dashcam; then
  systemctl restart dashcam
else
  echo "dashcam: systemctl enable --now dashcam starts it, at http://127.0.0.1:7272"
fi
