#!/bin/sh
# Leave out what is to be different on each device: it is made at the first start.
set -eu
root=$1

# Not empty, or ConditionFirstBoot= is false and sshd has no keys. mmdebstrap would empty it.
echo uninitialized >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/ssh/ssh_host_"* "$root/var/lib/systemd/random-seed" \
    "$root/var/lib/systemd/credential.secret"
