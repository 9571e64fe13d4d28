#!/bin/sh
# Leave a base without anything of the machine that built it.
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

rm "$root/usr/sbin/update-ca-certificates"
chroot "$root" dpkg-divert --local --quiet --rename --remove /usr/sbin/update-ca-certificates
chroot "$root" update-ca-certificates --fresh

rm -f "$root/etc/resolv.conf"
ln -s /run/NetworkManager/resolv.conf "$root/etc/resolv.conf"

chroot "$root" passwd --quiet --lock root
mkdir -p "$root/boot/firmware" "$root/data"

rm -rf "$root/var/cache/apt/"* "$root/var/lib/apt/lists/"* "$root/var/cache/debconf/"*-old \
    "$root/var/lib/dpkg/"*-old "$root/tmp/"* "$root/var/tmp/"*
find "$root/var/log" -type f -delete
