import { shellWord } from "./shell.ts";

/** Disks that are part of the machine, which are empty whenever it was switched off. */
export interface Scratch {
  /** Pattern of the shell's for their names in /dev; others of the same disk may match too. */
  readonly disks: string;
  readonly mountPoint: string;
}

/** Where the cluster file says nothing of it. */
const SCRATCH_DIR = "/scratch";

const LABEL = "sluice-scratch";
const RAID = `/dev/md/${LABEL}`;

/** What a machine makes of `EphemeralVolume`; nothing where the cloud's machines have no such disks. */
export function scratchOf(
  disks: string | undefined,
  volume: { readonly MountDir?: string | undefined } | undefined,
): { readonly scratch?: Scratch } {
  if (disks === undefined) return {};
  return { scratch: { disks, mountPoint: volume?.MountDir ?? SCRATCH_DIR } };
}

/**
 * The function `mount_scratch`: one file system over all of those disks, for everybody, whose content
 * goes with the machine. Nothing where there are none, and disks that hold something, which a script
 * of the cluster file or an image may have put there, are left as they are.
 *
 * A machine that was started anew and not switched off has its file system still. Of a making that
 * was cut short there is a note, and it begins again.
 */
export function scratchFunction({ disks, mountPoint }: Scratch): string {
  return `mount_scratch() {
  directory=${shellWord(mountPoint)}
  if mountpoint -q "$directory"; then return 0; fi
  set --
  for disk in ${disks}; do
    [ -b "$disk" ] || continue
    [ "$(lsblk -n -o TYPE "$disk" | head -n 1)" != part ] || continue
    disk=$(readlink -f "$disk")
    case " $* " in *" $disk "*) ;; *) set -- "$@" "$disk" ;; esac
  done
  [ "$#" -gt 0 ] || return 0
  note=$state/scratch
  if [ -e "$note" ]; then
    mdadm --stop ${RAID} 2> /dev/null || true
    wipefs -q -a "$@"
  fi
  blank=0
  for disk; do
    blkid --probe "$disk" > /dev/null || [ $? -ne 2 ] || blank=$((blank + 1))
  done
  device=$1
  if [ "$blank" -eq "$#" ]; then
    : > "$note"
    if [ "$#" -gt 1 ]; then
      command -v mdadm > /dev/null || {
        echo "the $# disks of this machine become one by mdadm, which its image has not"
        return 1
      }
      device=${RAID}
      mdadm --create "$device" --run --metadata=1.2 --homehost=any --level=0 --raid-devices=$# "$@"
    fi
    mkfs.ext4 -q -m 0 -E nodiscard -L ${LABEL} "$device"
    rm "$note"
  elif [ "$#" -gt 1 ]; then
    [ -e ${RAID} ] || mdadm --assemble --run ${RAID} "$@" || true
    device=${RAID}
  fi
  if [ "$(blkid --probe --match-tag LABEL --output value "$device")" != ${LABEL} ]; then
    echo "the machine's own disks hold something, and are left as they are: $*"
    return 0
  fi
  mkdir -p "$directory"
  mount -o noatime "$device" "$directory"
  chmod 1777 "$directory"
}`;
}
