import { FENCE_UNIT, HEAD_LAYOUT, LEAD_UNIT } from "@sluice/boot";
import { isSluiceError, messageOf } from "@sluice/model";
import { configOf } from "../cluster-state.ts";
import { fileInForce, fileOfUserData, type HeadContext, readContextWith } from "../context.ts";
import { run } from "../run.ts";
import { install } from "./files.ts";
import { makeMachine, makeUsers, prepare } from "./prepare.ts";
import { attachDisks } from "./storage.ts";

/** Exit code of a set-up that failed and has told the cloud why. */
const FAILED_AND_REPORTED = 3;

/**
 * Makes a head out of a fresh machine and the volume: run at every boot of a head machine, the first
 * of a cluster or a later one. Every step finds what is there already, so it may be killed and run
 * again. Where two machines share the cluster it leaves the rest to whoever leads, see `lead`. Tells
 * the cloud how it ended. Returns the exit code.
 */
export async function setup(): Promise<number> {
  // The volume says which file is in force, and only a file says which cloud has the volume.
  const first = await readContextWith(configOf(fileInForce() ?? fileOfUserData()));
  const report = first.cloud.signal.report.bind(first.cloud.signal);
  const say = (message: string) => report("progress", message).catch(() => {});
  try {
    await attachDisks(first.cloud, first.config, HEAD_LAYOUT.volume);
    const inForce = fileInForce();
    const context =
      first.cloud.disks === undefined || inForce === undefined
        ? first
        : await readContextWith(configOf(inForce));
    const isOne = context.cloud.leadership === undefined;
    try {
      await (isOne ? prepare(context, say) : standBy(context));
    } finally {
      if (context !== first) await context.cloud[Symbol.asyncDispose]();
    }
    if (isOne) await report("ready", "the head is ready");
    else {
      await report("standing-by", "this machine can be the head");
      await run(["systemctl", "start", "--no-block", FENCE_UNIT, LEAD_UNIT]);
    }
    return 0;
  } catch (error) {
    const hint = isSluiceError(error) && error.hint !== undefined ? ` (${error.hint})` : "";
    await report("failed", `${messageOf(error)}${hint}`);
    process.stderr.write(`sluice-head: ${messageOf(error)}\n`);
    return FAILED_AND_REPORTED;
  } finally {
    await first.cloud[Symbol.asyncDispose]();
  }
}

/**
 * As far towards a head as a machine can be that does not lead: the volume is the other's, and only
 * read here.
 */
async function standBy(context: HeadContext): Promise<void> {
  await makeUsers(context);
  await makeMachine(context);
  install({ path: HEAD_LAYOUT.address, mode: 0o644, content: `${context.address}\n` });
}
