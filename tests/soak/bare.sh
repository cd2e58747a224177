#!/bin/sh
# bare.sh ROOT COMMAND...: run a command on a machine that has the files in ROOT, its own processes, and no network: only `lo`.
# What it has started ends with it.
exec unshare --mount --net --pid --fork --kill-child sh -euc '
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
ip link set lo up
mkdir -p "$root/.old"
cd "$root"
pivot_root . .old
umount -l .old
cd /root
exec "$@"' bare "$@"
