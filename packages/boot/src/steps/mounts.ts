import { SluiceError } from "@sluice/model";

/** What a machine mounts, as `Mount` of a cloud's contract has it. */
export interface MachineMount {
  readonly type: "nfs" | "nfs4" | "efs" | "lustre" | "ext4" | "xfs";
  readonly source: string;
  readonly mountPoint: string;
  readonly options: readonly string[];
}

export const MOUNTS_FILE = "/etc/sluice/mounts";

/** Options that only Amazon's own mount helper knows. */
const HELPER_OPTIONS = /^(tls|iam|accesspoint=.*)$/;

/** For EFS over NFS, as Amazon recommends. */
const EFS_OPTIONS = "nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport";

/**
 * The file that `mount_all` reads: `TYPE SOURCE DIRECTORY OPTIONS`, and `wait` between those that
 * can be mounted side by side and those in folders of theirs.
 *
 * @throws SluiceError `SETTING_UNSAFE` for what would be read as something else.
 */
export function mountsFile(mounts: readonly MachineMount[]): string {
  const waves = new Map<number, string[]>();
  for (const mount of mounts) {
    const depth = mounts.filter(({ mountPoint }) =>
      mount.mountPoint.startsWith(`${mountPoint}/`),
    ).length;
    waves.set(depth, [...(waves.get(depth) ?? []), lineOf(mount)]);
  }
  const ordered = [...waves].sort(([a], [b]) => a - b).map(([, lines]) => lines.join("\n"));
  return ordered.length === 0 ? "" : `${ordered.join("\nwait\n")}\n`;
}

function lineOf({ type, source, mountPoint, options }: MachineMount): string {
  const isHelped = type === "efs" && options.some((option) => HELPER_OPTIONS.test(option));
  const words =
    type === "efs" && !isHelped
      ? ["nfs4", source, mountPoint, [EFS_OPTIONS, ...options].join(",")]
      : // Amazon's helper wants the file system's id and finds its name itself.
        [
          type,
          isHelped ? source.replace(/^(fs-[0-9a-f]+)\.[^:]*/, "$1") : source,
          mountPoint,
          options.join(",") || "defaults",
        ];
  for (const word of words) {
    if (/^[\x21-\x7e]+$/.test(word) && !word.includes("\\")) continue;
    throw new SluiceError(
      "SETTING_UNSAFE",
      "user",
      `${JSON.stringify(word)} can't be mounted: it has characters that mount tables do not take`,
      { hint: "see MountDir and the settings of that SharedStorage" },
    );
  }
  return words.join(" ");
}

/**
 * The function `mount_all`, run at every boot: a machine that was stopped has nothing mounted when
 * it is started again. What is mounted already stays; a server that does not answer yet is asked
 * again for two minutes.
 */
export const MOUNT_FUNCTIONS = `mount_one() {
  if mountpoint -q "$3"; then return 0; fi
  [ -d "$3" ] || install -d -m 755 "$3"
  tries=0
  until timeout 30 mount -t "$1" -o "$4" "$2" "$3"; do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || {
      echo "can't mount $2 on $3"
      return 1
    }
    if [ "$tries" -lt 10 ]; then sleep 0.5; else sleep 5; fi
  done
}
mounted() {
  bad=0
  for pid in $pids; do wait "$pid" || bad=1; done
  pids=
  return "$bad"
}
mount_all() {
  pids=
  while read -r type source directory options; do
    case $type in
      wait) mounted ;;
      *)
        mount_one "$type" "$source" "$directory" "$options" &
        pids="$pids $!"
        ;;
    esac
  done < ${MOUNTS_FILE}
  mounted
}`;

/** On memory, as mounts are: the file of `mount_all` as it was when that was last run. */
const MOUNTED_FILE = "/run/sluice-mounted";

/**
 * The function `unmount_former`, to be run before `mount_all` where that is run again: takes away
 * what the file said before and says no more; from those who work there when they leave it.
 */
export const UNMOUNT_FUNCTION = `unmount_former() {
  if [ -e ${MOUNTED_FILE} ]; then
    tac ${MOUNTED_FILE} | while read -r type source directory options; do
      if [ "$type" = wait ]; then continue; fi
      if grep -qxF "$type $source $directory $options" ${MOUNTS_FILE}; then continue; fi
      if mountpoint -q "$directory"; then umount "$directory" || umount -l "$directory"; fi
    done
  fi
  cp ${MOUNTS_FILE} ${MOUNTED_FILE}
}`;
