#!/bin/sh
# Leave a root that every device can start from: nothing of the machine that built it, nothing that
# is to be different on each device.
set -eu
root=$1

# mmdebstrap leaves its own options: what keeps an image small stays, what makes dpkg unsafe goes.
rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
cp "$VIZY_FILES/dpkg.cfg" "$root/etc/dpkg/dpkg.cfg.d/vizy"
cp "$VIZY_FILES/apt.conf" "$root/etc/apt/apt.conf.d/60vizy"
rm -f "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d/"*
cp "$VIZY_FILES/sources" "$root/etc/apt/sources.list.d/vizy.sources"
if [ -d "$VIZY_FILES/keys" ]; then
    mkdir -p "$root/etc/apt/keyrings"
    cp "$VIZY_FILES/keys/"* "$root/etc/apt/keyrings/"
fi

# Not empty, or ConditionFirstBoot= is false and sshd has no keys.
echo uninitialized >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/ssh/ssh_host_"* "$root/var/lib/systemd/random-seed"
rm -f "$root/etc/resolv.conf"
ln -s /run/NetworkManager/resolv.conf "$root/etc/resolv.conf"

chroot "$root" passwd --quiet --lock root
mkdir -p "$root/boot/firmware" "$root/data"

rm -rf "$root/var/cache/apt/"* "$root/var/lib/apt/lists/"* "$root/var/cache/debconf/"*-old \
    "$root/var/lib/dpkg/"*-old "$root/tmp/"* "$root/var/tmp/"*
find "$root/var/log" -type f -delete
