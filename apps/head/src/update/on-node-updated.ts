import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { renderOwnScripts } from "@sluice/boot";
import type { ClusterConfig } from "@sluice/model";
import { run } from "../run.ts";
import { install } from "../setup/files.ts";

const OWN_SCRIPTS = { timeoutSeconds: 1800 };

/**
 * Runs the scripts of the head's `OnNodeUpdated` for a version of the cluster file: each once, also
 * when this is begun anew after a kill, but for the one that was running.
 *
 * @param folder of notes about it, on the head's volume.
 * @throws SluiceError `HEAD_COMMAND_FAILED` with what the one that failed said last.
 */
export function onNodeUpdated(folder: string, fetchUrlCommand: string | undefined) {
  return async (config: ClusterConfig, version: number): Promise<void> => {
    if (fetchUrlCommand === undefined) return;
    const state = join(folder, String(version));
    const content = renderOwnScripts(config, { stage: "OnNodeUpdated", fetchUrlCommand, state });
    if (content === undefined) return;
    mkdirSync(state, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      if (name !== String(version)) rmSync(join(folder, name), { recursive: true, force: true });
    }
    const path = join(state, "scripts");
    install({ path, mode: 0o700, content });
    await run([path], "", OWN_SCRIPTS);
  };
}
