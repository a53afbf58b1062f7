import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { promisify } from "node:util";
import { CloudError } from "@sluice/cloud";
import { type Clock, messageOf } from "@sluice/model";

/**
 * As the user guide of EFS says. With `actimeo=1` no machine believes for longer than a second what it
 * remembers of names and times, which the other head may have changed; what is in a file is always
 * looked at anew when that is opened.
 */
const OPTIONS =
  "nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport,noatime,actimeo=1";

const PAUSE_MILLISECONDS = 2000;
/** The name of a new mount target is known after a minute and a half. */
const MOST_SECONDS = 600;

export interface StateFolder {
  /** DNS name of the file system. */
  readonly dnsName: string;
  readonly folder: string;
}

export interface MountOptions {
  readonly clock: Clock;
  readonly run?: (argv: readonly string[]) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Mounts the file system with the heads' state, which both of them have. Repeatable. */
export async function mountState(
  { dnsName, folder }: StateFolder,
  { clock, run = runHere, signal }: MountOptions,
): Promise<void> {
  const began = clock.now().getTime();
  const isMounted = (): Promise<boolean> =>
    run(["mountpoint", "--quiet", folder]).then(
      () => true,
      () => false,
    );
  while (!(await isMounted())) {
    mkdirSync(folder, { recursive: true });
    const failure = await run(["mount", "-t", "nfs4", "-o", OPTIONS, `${dnsName}:/`, folder]).then(
      () => undefined,
      messageOf,
    );
    if (failure === undefined) return;
    if (clock.now().getTime() - began > MOST_SECONDS * 1000) {
      throw new CloudError("Transient", `${dnsName} can't be mounted on ${folder}: ${failure}`);
    }
    await clock.sleep(PAUSE_MILLISECONDS, signal);
    signal?.throwIfAborted();
  }
}

async function runHere(argv: readonly string[]): Promise<void> {
  const [file = "", ...args] = argv;
  await promisify(execFile)(file, args, { timeout: 60_000, killSignal: "SIGKILL" });
}
