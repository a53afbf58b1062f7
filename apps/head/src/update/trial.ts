import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { HEAD_LAYOUT, type MachineFile } from "@sluice/boot";
import { run } from "../run.ts";
import { accountOf } from "../setup/files.ts";

export type TrialResult =
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly reason: string }
  /** It can't be tried on this machine, or not now: nothing is known. */
  | { readonly kind: "impossible"; readonly reason: string };

const FOLDER = "/run/sluice/trial";
const SECONDS = 15;
/** What is fatal only once slurmctld is in charge comes within this. */
const AFTER_MILLISECONDS = 300;

/** Keys of slurm.conf that are the trial's own: it touches nothing, calls nobody, is found by nobody. */
const OWN: Readonly<Record<string, string>> = {
  StateSaveLocation: `${FOLDER}/state`,
  SlurmctldLogFile: `${FOLDER}/log`,
  SlurmctldPidFile: `${FOLDER}/pid`,
  ResumeProgram: "/bin/true",
  ResumeFailProgram: "/bin/true",
  SuspendProgram: "/bin/true",
  PrologSlurmctld: "/bin/true",
};

/**
 * Starts a slurmctld of these files beside the one that runs, over a copy of its state and in a
 * network of its own, to see whether it comes up. slurmctld has no way to check a configuration, and
 * one that it ends by is found out only when the old one is gone: since 23.11 `scontrol reconfigure`
 * would keep the old one, but not for a slurmctld in the foreground.
 */
export async function tryConfiguration(
  files: readonly MachineFile[],
  address: string,
): Promise<TrialResult> {
  const { uid, gid } = accountOf("slurm");
  await ensureAccountingState();
  rmSync(FOLDER, { recursive: true, force: true });
  try {
    mkdirSync(join(FOLDER, "etc"), { recursive: true, mode: 0o700 });
    cpSync(HEAD_LAYOUT.slurmEtc, join(FOLDER, "etc"), { recursive: true });
    for (const { path, content } of files) {
      if (!path.startsWith(`${HEAD_LAYOUT.slurmEtc}/`) || path.endsWith("/slurmdbd.conf")) continue;
      const name = path.slice(HEAD_LAYOUT.slurmEtc.length + 1);
      const text = name === "slurm.conf" ? asTrial(String(content)) : content;
      writeFileSync(join(FOLDER, "etc", name), text);
    }
    cpSync(HEAD_LAYOUT.stateSave, join(FOLDER, "state"), { recursive: true });
    give(FOLDER, uid, gid);
    return await start(uid, gid, address);
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

/**
 * The trial has no slurmdbd, and begins without one when slurmctld has written down what it had from
 * there: a new one does so after five minutes, or when it reads its configuration again.
 */
async function ensureAccountingState(): Promise<void> {
  const file = join(HEAD_LAYOUT.stateSave, "last_tres");
  if (existsSync(file)) return;
  await run(["scontrol", "reconfigure"]).catch(() => {});
  for (let looks = 0; looks < 50 && !existsSync(file); looks++) await delay(100);
}

/** @internal */
export function asTrial(slurmConf: string): string {
  const keys = new Set(Object.keys(OWN).map((key) => key.toLowerCase()));
  const kept = slurmConf
    .split("\n")
    .filter((line) => !keys.has(line.split("=", 1)[0]?.trim().toLowerCase() ?? ""));
  return [...kept, ...Object.entries(OWN).map(([key, value]) => `${key}=${value}`), ""].join("\n");
}

function give(folder: string, uid: number, gid: number): void {
  chownSync(folder, uid, gid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) give(path, uid, gid);
    else chownSync(path, uid, gid);
  }
  chmodSync(folder, 0o700);
}

/** Said by the shell when it has no network to offer. */
const NO_NETWORK = "sluice: no network for a trial";

/**
 * With the head's own address on the loopback, for its name to mean something. Not every root may
 * configure a network that it made, but whoever made a user namespace may.
 */
function start(uid: number, gid: number, address: string): Promise<TrialResult> {
  const inside = `ip link set lo up && ip addr add ${address}/32 dev lo || { echo '${NO_NETWORK}'; exit 3; }
exec "$@"`;
  const slurmctld = ["slurmctld", "-D", "-f", `${FOLDER}/etc/slurm.conf`];
  const asSlurm = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const own = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net"];
  const argv = [...asSlurm, "--", ...own, "--", "sh", "-c", inside, "sh", ...slurmctld];
  const [file = "", ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    const said: string[] = [];
    let settled = false;
    const end = (result: TrialResult): void => {
      if (settled) return;
      settled = true;
      clearTimeout(late);
      child.kill("SIGKILL");
      resolve(result);
    };
    const late = setTimeout(
      () => end({ kind: "impossible", reason: `slurmctld was not up after ${SECONDS} s` }),
      SECONDS * 1000,
    );
    const hear = (line: string): void => {
      said.push(line);
      if (line.includes("Running as primary controller")) {
        setTimeout(() => end({ kind: "taken" }), AFTER_MILLISECONDS);
      }
    };
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", hear);
    }
    child.on("error", (error) => end({ kind: "impossible", reason: error.message }));
    child.on("close", () => end(ended(said)));
  });
}

function ended(said: readonly string[]): TrialResult {
  const about = said.findLast((line) => /fatal: /.test(line));
  const isForeign = about !== undefined && /slurmdbd must be up/.test(about);
  if (about !== undefined && !isForeign) return { kind: "refused", reason: withCause(said, about) };
  const isStarted = said.some((line) => /^slurmctld: /.test(line));
  const last = said.at(-1) ?? "it said nothing";
  return { kind: isStarted && !isForeign ? "refused" : "impossible", reason: last };
}

/** What is fatal is often only named in the error before it. */
function withCause(said: readonly string[], fatal: string): string {
  const bare = (line: string): string => line.replace(/^slurmctld: (fatal|error): /, "");
  const before = said.slice(0, said.indexOf(fatal));
  const cause = before.findLast(
    (line) => /error: /.test(line) && !/MailProg|PersistInit|persistent connection/.test(line),
  );
  return cause === undefined ? bare(fatal) : `${bare(fatal)}: ${bare(cause)}`;
}
