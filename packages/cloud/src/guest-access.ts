/** What user data needs to know of a cloud. */
export interface GuestAccess {
  /** A shell command that prints one line: the machine's proof of identity. */
  readonly identityCommand: string;
  /** True when user data is run by the machine itself, with no cloud-init and no systemd. */
  isLight(instanceType: string): boolean;
  /**
   * A shell command that runs for ever and prints a line for each notice for the machine it runs on,
   * those in force already first: `spot` or `maintenance`, and the deadline in ISO 8601 or nothing.
   */
  readonly noticeCommand?: string;
  /** A shell command; with `URL FILE` behind it, it fetches what the cluster file names. */
  readonly fetchUrlCommand?: string;
  /**
   * A shell command; with `FILE` behind it, it leaves that file where login machines look for it
   * before they know the head: its address and its certificate. Missing where they need not.
   */
  readonly publishCommand?: string;
  /** Files that the commands above need, root's alone; no secrets. */
  readonly files?: readonly {
    readonly path: string;
    readonly mode: number;
    readonly content: string;
    /** `content` is gzip in base64, which cloud-init unpacks. */
    readonly encoding?: "gz+b64";
  }[];
  /**
   * Names of the disks that are part of a machine and lose what they hold when it is switched off, as
   * a pattern of the shell's. Missing: machines have none.
   */
  readonly localDisks?: string;
  /** gzip in base64, which cloud-init unpacks, where user data has little room; missing: it has. */
  readonly pack?: (text: string) => string;
  /** What compute machines mount before they join, in order; missing: they have it already. */
  readonly mounts?: readonly Mount[];
  /** Address ranges, as CIDR blocks, of the machines that may mount from the head. */
  readonly networks?: readonly string[];
}

/** A file system that a machine mounts. */
export interface Mount {
  readonly type: "nfs" | "nfs4" | "efs" | "lustre" | "ext4" | "xfs";
  /** As mount(8) takes it: `head:/home`, `fs-0123:/`, `/dev/nvme1n1`. */
  readonly source: string;
  readonly mountPoint: string;
  /** As mount(8) takes them after `-o`. */
  readonly options: readonly string[];
}
