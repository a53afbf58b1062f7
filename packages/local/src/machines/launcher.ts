/**
 * The script that turns a fresh set of namespaces into a machine. It runs as process 1 of
 *
 *     unshare --net --mount --pid --uts --ipc --fork --kill-child --mount-proc
 *
 * with the host's network namespace open as descriptor 3. Everything a machine is made of hangs on
 * those namespaces: when the process dies, by whatever hand, the kernel takes its processes,
 * mounts, link and addresses. Nothing of a machine has to be undone by a program.
 *
 * Argument: the machine's folder, holding `launch.env` (values below), `groups` (cgroup.procs
 * files to enter), `root` to mount on, `disk` with the overlay's layers and in them the user data,
 * and for a booted machine `binds` (`ro|rw source target` a line), for a light one `fstab`. Light
 * machines are started by the hundred, so that every process that this script does not start counts.
 */
export const LAUNCHER = `#!/bin/sh
set -eu
dir=$1
. "$dir/launch.env"

while read -r procs; do echo 0 > "$procs" 2>/dev/null || :; done < "$dir/groups"

[ "$DELAY" = 0 ] || sleep "$DELAY"

exec 4</proc/self/ns/net
nsenter --net=/proc/self/fd/3 ip link add "$VETH" master "$BRIDGE" "$LINK" \\
  type veth peer name host0 netns /proc/self/fd/4
ip -batch - <<END
link set lo up
address add $ADDRESS/$PREFIX dev host0
link set host0 up
route add default via $GATEWAY
END
exec 3<&- 4<&-

if [ "$KIND" = booted ]; then
  root=$dir/root
  mount -t overlay overlay \\
    -o "lowerdir=$IMAGE,upperdir=$dir/disk/upper,workdir=$dir/disk/work" "$root"
  set --
  while read -r mode source target; do
    case $mode in ro) set -- "$@" "--bind-ro=$source:$target";; rw) set -- "$@" "--bind=$source:$target";; esac
  done < "$dir/binds"
  # A version 2 tree of our own view: systemd in the machine needs one, whatever the host mounted.
  umount -R /sys/fs/cgroup 2>/dev/null || :
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  exec systemd-nspawn --quiet --boot --keep-unit --register=no --directory="$root" \\
    --machine="$NAME" --hostname="$NAME" --network-namespace-path=/proc/self/ns/net \\
    --resolv-conf=off --timezone=off --link-journal=no --console=read-only \\
    \${CAPABILITIES:+--capability="$CAPABILITIES"} "$@"
fi

echo "$NAME" > /proc/sys/kernel/hostname
mount --all --fstab "$dir/fstab"
exec chroot "$dir/root" /bin/sh /run/user-data
`;
