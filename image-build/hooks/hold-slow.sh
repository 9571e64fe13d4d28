#!/bin/sh
# Hold back what packages would do again and again, half a minute each time under emulation: the one
# list of certificates is made by clean-base.sh, the one initramfs by boot-files.sh.
set -eu
root=$1

for slow in update-initramfs update-ca-certificates; do
    chroot "$root" dpkg-divert --local --quiet --rename --add "/usr/sbin/$slow"
    ln -s /bin/true "$root/usr/sbin/$slow"
done

mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
printf 'MODULES=list\nCOMPRESS=zstd\nCOMPRESSLEVEL=9\n' >"$root/etc/initramfs-tools/conf.d/vizy.conf"
cp "$VIZY_FILES/initramfs-modules" "$root/usr/share/initramfs-tools/modules.d/vizy.conf"
