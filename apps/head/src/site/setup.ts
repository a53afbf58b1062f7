import { isSluiceError, messageOf } from "@sluice/model";
import { openSeat, openSiteCloud, readSiteIdentity } from "./identity.ts";
import { prepareManaged } from "./managed/prepare.ts";
import { prepareOwn } from "./own.ts";

/** Exit code of a set-up that failed and has told the cloud why. */
const FAILED_AND_REPORTED = 3;

/**
 * Makes a machine of a site out of a fresh one, and its volume where it has one; run at every boot.
 * Every step finds what is there already. Returns the exit code.
 */
export async function siteSetup(): Promise<number> {
  await using seated = await openSeat();
  const identity = seated?.identity ?? readSiteIdentity();
  await using cloud = seated ?? (await openSiteCloud(identity));
  const { signal } = cloud;
  const say = (message: string) => signal.report("progress", message).catch(() => {});
  try {
    await (seated === undefined ? prepareOwn(identity, say) : prepareManaged(seated, say));
    await signal.report("ready", `${identity.name} is ready`);
    return 0;
  } catch (error) {
    const hint = isSluiceError(error) && error.hint !== undefined ? ` (${error.hint})` : "";
    await signal.report("failed", `${messageOf(error)}${hint}`);
    process.stderr.write(`sluice-head: ${messageOf(error)}\n`);
    return FAILED_AND_REPORTED;
  }
}
