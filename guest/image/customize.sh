#!/bin/sh
# Run by mmdebstrap with the new system's directory: turns Debian's packages into a read-only system for one purpose.
set -eu
root=$1

# Nothing may start a container but the front, so the real runtimes leave every search path.
backends=$root/usr/libexec/bulkhead
install -d -m 0700 "$backends"
mv "$root/usr/sbin/runc" "$root/usr/bin/crun" "$backends/"
rm -f "$root"/usr/bin/crun* "$root/usr/bin/containerd-shim" "$root/usr/bin/containerd-shim-runc-v1" "$root/usr/bin/ctr"
ln -sf /bulkhead/bin/runc "$root/usr/bin/runc"
left=$(find "$root" -xdev \( -name 'runc*' -o -name 'crun*' \) -type f -perm /111 -not -path "$backends/*" -not -name runcon)
if [ -n "$left" ]; then
  echo "a container runtime is left in the system: $left" >&2
  exit 1
fi

# Only the modules that an engine uses: every other one is code that a container could have the kernel load.
version=$(ls "$root/usr/lib/modules")
modules=$root/usr/lib/modules/$version/kernel
mv "$modules" "$modules.all"
while read -r wanted; do
  case "$wanted" in '' | '#'*) continue ;; esac
  [ -e "$modules.all/$wanted" ] || { echo "the kernel has no module $wanted" >&2; exit 1; }
  mkdir -p "$modules/$(dirname "$wanted")"
  mv "$modules.all/$wanted" "$modules/$wanted"
done <"$(dirname "$0")/modules.txt"
rm -rf "$modules.all"
# Uncompressed they load faster, and the image is compressed as a whole.
find "$modules" -name '*.ko.xz' -exec xz -d {} +
chroot "$root" depmod "$version"

# dockerd runs iptables dozens of times when it starts, and the legacy program takes half the time of the other.
chroot "$root" update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy
chroot "$root" update-alternatives --quiet --set ip6tables /usr/sbin/ip6tables-legacy

# What the host needs beside the system leaves the tree through /export: kernel, the modules that find the system, and
# Docker's client of the same release for hosts that have none.
install -d "$root/export/modules"
mv "$root"/boot/vmlinuz-* "$root/export/vmlinuz"
cp "$modules/drivers/block/virtio_blk.ko" "$modules/fs/squashfs/squashfs.ko" "$root/export/modules/"
chroot "$root" sh -c 'cd /tmp && apt-get update -q && apt-get download -q docker-cli'
dpkg-deb --fsys-tarfile "$root"/tmp/docker-cli_*.deb | tar -xO ./usr/bin/docker >"$root/export/docker"
chmod 755 "$root/export/docker"

# The server of shared directories runs on the host, which may lack one that can map ids: with its libraries and their
# loader it runs on any.
server=$root/export/file-server
install -d "$server"
chroot "$root" sh -c 'cd /tmp && apt-get download -q virtiofsd'
dpkg-deb --fsys-tarfile "$root"/tmp/virtiofsd_*.deb | tar -xO ./usr/libexec/virtiofsd >"$server/virtiofsd"
for library in ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libgcc_s.so.1 libseccomp.so.2 libcap-ng.so.0; do
  cp -L "$root/usr/lib/x86_64-linux-gnu/$library" "$server/"
done
chmod 755 "$server"/*

# Empty places for directories of the host; the same list is in shared/contract/sharing.ts.
for place in Users Volumes code data home media mnt opt projects root scratch srv var/home work workspace workspaces; do
  install -d "$root/$place"
done
install -d "$root/bulkhead" "$root/run" "$root/var/lib/docker" "$root/var/lib/containerd"
echo bulkhead >"$root/etc/hostname"
printf '127.0.0.1 localhost bulkhead\n::1 localhost\n' >"$root/etc/hosts"
echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
: >"$root/etc/fstab"

# Nobody logs in, and nothing is installed later.
cd "$root"
rm -rf tmp/* boot/* var/lib/apt/* var/cache/* var/log/* var/lib/dpkg/info \
  usr/share/doc usr/share/man usr/share/locale usr/share/info usr/share/nodejs/corepack usr/share/nodejs/@types usr/share/zoneinfo usr/share/perl* usr/include \
  usr/lib/udev usr/lib/systemd usr/lib/x86_64-linux-gnu/systemd usr/lib/x86_64-linux-gnu/gconv usr/lib/x86_64-linux-gnu/perl* \
  etc/init.d etc/cron.* etc/systemd
