#!/bin/sh
# Keep each package from making an initramfs of its own, which takes a minute under emulation:
# boot-files.sh makes the one there is.
set -eu
root=$1

chroot "$root" dpkg-divert --local --quiet --rename --add /usr/sbin/update-initramfs
ln -s /bin/true "$root/usr/sbin/update-initramfs"

mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
printf 'MODULES=list\nCOMPRESS=zstd\nCOMPRESSLEVEL=9\n' >"$root/etc/initramfs-tools/conf.d/vizy.conf"
cp "$VIZY_FILES/initramfs-modules" "$root/usr/share/initramfs-tools/modules.d/vizy.conf"
