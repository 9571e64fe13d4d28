#!/bin/sh
# Leave out what is to be different on each device: it is made at the first start.
set -eu
root=$1

# As systemd would decide at the first start: what /etc/systemd/system-preset says.
chroot "$root" systemctl --quiet preset-all 2>/dev/null

# Not empty, or ConditionFirstBoot= is false and sshd has no keys. mmdebstrap would empty it.
echo uninitialized >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/ssh/ssh_host_"* "$root/var/lib/systemd/random-seed" \
    "$root/var/lib/systemd/credential.secret"
