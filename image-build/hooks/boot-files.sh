#!/bin/sh
# Make the one initramfs, now that every script that belongs into it is there, and what the
# firmware of a Raspberry Pi reads from the boot partition.
set -eu
root=$1

rm "$root/usr/sbin/update-initramfs"
chroot "$root" dpkg-divert --local --quiet --rename --remove /usr/sbin/update-initramfs
for kernel in "$root/boot/vmlinuz-"*; do
    version=${kernel##*/vmlinuz-}
    chroot "$root" update-initramfs -c -k "$version"
    if [ -x "$root/etc/kernel/postinst.d/z50-raspi-firmware" ]; then
        chroot "$root" env DEB_MAINT_PARAMS=configure /etc/kernel/postinst.d/z50-raspi-firmware \
            "$version" "/boot/vmlinuz-$version"
    fi
done
