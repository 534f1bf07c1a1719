#!/bin/sh
# Run by mmdebstrap with the new system's directory: turns Debian's packages into a read-only system for one purpose.
set -eu
root=$1

# Nothing may start a container but the front, so the real runtimes leave every search path.
install -d -m 0700 "$root/usr/libexec/bulkhead"
mv "$root/usr/bin/runc" "$root/usr/bin/crun" "$root/usr/libexec/bulkhead/"
ln -s /bulkhead/bin/runc "$root/usr/bin/runc"
rm -f "$root/usr/bin/containerd-shim" "$root/usr/bin/containerd-shim-runc-v1" "$root"/usr/bin/crun-* "$root/usr/bin/ctr"

# Uncompressed modules load faster, and the image is compressed as a whole.
version=$(ls "$root/usr/lib/modules")
find "$root/usr/lib/modules" -name '*.ko.xz' -exec xz -d {} +
chroot "$root" depmod "$version"

install -d "$root/bulkhead" "$root/run" "$root/var/lib/docker" "$root/var/lib/containerd"
echo bulkhead >"$root/etc/hostname"
printf '127.0.0.1 localhost bulkhead\n::1 localhost\n' >"$root/etc/hosts"
echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
: >"$root/etc/fstab"

# Nobody logs in, and nothing is installed later.
rm -rf "$root/boot/initrd.img"* "$root/var/lib/apt/lists"/* "$root/var/cache/apt"/*.bin "$root/usr/share/doc" \
  "$root/usr/share/man" "$root/usr/share/locale" "$root/usr/share/info" "$root/usr/include" "$root/etc/init.d" "$root/etc/cron.daily"

# Docker's client of the same release, for hosts that have none; it is taken out of the tree again.
chroot "$root" sh -c 'cd /tmp && apt-get update -q && apt-get download -q docker-cli'
dpkg-deb --fsys-tarfile "$root"/tmp/docker-cli_*.deb | tar -xO ./usr/bin/docker >"$root/docker-cli"
rm -rf "$root"/tmp/* "$root/var/lib/apt/lists"/*
