import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  HEAD_LAYOUT,
  JOIN_FILES,
  loginFiles,
  type MachineFile,
  mountsFile,
  namesFiles,
  usersFile,
} from "@sluice/boot";
import type { MachineRole } from "@sluice/cloud";
import type { HeadContext } from "../context.ts";

export interface JoinFilesOptions {
  readonly context: HeadContext;
  /** Where Slurm's files and those of SSSD are on this head, and the host keys of login machines. */
  readonly slurmEtc: string;
  readonly sssdConf: string;
  readonly hostKeys: string;
}

/**
 * What machines get with the answer to their proof of identity, read when they ask: in a cloud users
 * and mounts, how to ask the directory service, and what keeps the names of nodes; login machines
 * also host keys and, if they have no sackd, Slurm's files.
 */
export function joinFiles(options: JoinFilesOptions) {
  const { context, slurmEtc, sssdConf, hostKeys } = options;
  return (role: MachineRole, wants: { readonly slurm: boolean }): MachineFile[] => {
    const directory =
      context.config.DirectoryService !== undefined && existsSync(sssdConf)
        ? [{ path: "/etc/sssd/sssd.conf", mode: 0o600, content: readFileSync(sssdConf) }]
        : [];
    // Where machines bring no files of a cloud's, their user data says all else.
    const { files, mounts = [] } = context.cloud.guest;
    if (files === undefined) return directory;
    const common = [
      ...directory,
      { path: JOIN_FILES.mounts, mode: 0o644, content: mountsFile(mounts) },
      { path: JOIN_FILES.users, mode: 0o644, content: usersFile(context.config.Users) },
    ];
    if (role !== "login") return [...common, ...namesFiles("compute")];
    return [
      ...common,
      ...loginFiles(),
      ...filesIn(hostKeys, /^ssh_host_\w+_key(\.pub)?$/, "/etc/ssh", (name) =>
        name.endsWith(".pub") ? 0o644 : 0o600,
      ),
      ...(wants.slurm ? filesIn(slurmEtc, SLURM_FILE, HEAD_LAYOUT.slurmEtc, () => 0o644) : []),
    ];
  };
}

/** All but slurmdbd's, which has a password in it. */
const SLURM_FILE = /^(?!slurmdbd\.conf$)[\w.-]+\.conf$/;

function filesIn(
  folder: string,
  pattern: RegExp,
  target: string,
  modeOf: (name: string) => number,
): MachineFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => ({
      path: join(target, name),
      mode: modeOf(name),
      content: readFileSync(join(folder, name)),
    }));
}
