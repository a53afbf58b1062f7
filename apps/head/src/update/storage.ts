import { isCloudError } from "@sluice/cloud";
import { isSluiceError, messageOf } from "@sluice/model";
import type { HeadContext } from "../context.ts";
import { shareStorage } from "../setup/storage.ts";
import { refusal } from "./updater.ts";

/**
 * `shareStorage` for a head that runs. Nothing uses what comes and goes: whoever asks for this has
 * switched the machines off that do.
 *
 * @throws SluiceError `UPDATE_REFUSED` for storage that can't be had.
 */
export async function followStorage(context: HeadContext): Promise<void> {
  try {
    await shareStorage(context);
  } catch (error) {
    if (!isLasting(error)) throw error;
    throw refusal(`its storage can't be had: ${messageOf(error)}`, error);
  }
}

/** What the next try would not change. */
function isLasting(error: unknown): boolean {
  if (isCloudError(error)) return error.kind === "NotFound" || error.kind === "LaunchRejected";
  return (
    isSluiceError(error) &&
    ["DISK_UNUSABLE", "HEAD_COMMAND_FAILED", "SETTING_UNSAFE"].includes(error.code)
  );
}
