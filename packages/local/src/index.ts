import { fileURLToPath } from "node:url";
import type { Cloud, Interruption } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { SocketClient } from "./client.ts";
import { localGateway } from "./gateway.ts";
import { requireHost } from "./host/requirements.ts";
import { localImages } from "./images/index.ts";
import { localInfrastructure } from "./infrastructure/index.ts";
import { statePaths } from "./paths.ts";
import { connect } from "./service/connect.ts";
import { localShell } from "./shell.ts";
import { interruptionFromWire } from "./wire.ts";

export { createLocalHeadCloud, HEAD_SOCKET } from "./head-cloud.ts";
export { recipeFor } from "./images/recipe.ts";

/** The local cloud with what only it can do. */
export interface LocalCloud extends Cloud {
  /** Makes the image of an operating system if it isn't there. */
  ensureImage(
    os: string,
    options: { onProgress: (message: string) => void; signal: AbortSignal },
  ): Promise<void>;
  /** Pulls the plug of a machine, the head included: what a failing host looks like. */
  pullPlug(cluster: string, machineId: string): Promise<void>;
  /**
   * Gives a machine a notice as clouds do. With `inSeconds` it is taken away when those have passed.
   *
   * @returns the notice as the cluster's head hears it.
   */
  interrupt(
    cluster: string,
    machineId: string,
    notice: { readonly kind: Interruption["kind"]; readonly inSeconds: number | undefined },
  ): Promise<Interruption>;
}

export interface LocalCloudOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The built program of the service. */
  readonly program?: string;
}

/**
 * The host side of the local cloud. Its service is started by the first call that needs it.
 * Throws LOCAL_NEEDS_ROOT and LOCAL_TOOL_MISSING before anything else.
 */
export async function createLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const env = options.env ?? process.env;
  requireHost(env);
  const state = statePaths(env);
  for (const path of [state.root, state.images]) {
    if (/^\/[A-Za-z0-9/_.-]+$/.test(path)) continue;
    throw new SluiceError(
      "LOCAL_BAD_STATE_DIR",
      "user",
      `${JSON.stringify(path)} cannot hold machines`,
      {
        hint: "give an absolute path of letters, digits, dots, hyphens and underscores",
      },
    );
  }
  const program = options.program ?? fileURLToPath(new URL("./local-service.mjs", import.meta.url));
  let connected: Promise<SocketClient> | undefined;
  const client = (): Promise<SocketClient> => {
    connected ??= connect(state, program).catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
  return {
    provider: "local",
    infrastructure: localInfrastructure(client),
    images: localImages(client),
    shell: localShell(client),
    async consoleOutput(cluster, machineId, lines) {
      const url = `/clusters/${encodeURIComponent(cluster)}/machines/${encodeURIComponent(machineId)}/console`;
      const { text } = await (await client()).call<{ text: string }>("GET", url);
      return text.trimEnd().split("\n").slice(-lines).join("\n");
    },
    gateway: localGateway(state, client),
    async ensureImage(os, { onProgress, signal }) {
      const say = (progress: { message: string }): void => onProgress(progress.message);
      await (await client()).work(`/images/${encodeURIComponent(os)}`, {}, say, signal);
    },
    async pullPlug(cluster, machineId) {
      const url = `/clusters/${encodeURIComponent(cluster)}/machines/${encodeURIComponent(machineId)}/pull`;
      await (await client()).call("POST", url, {});
    },
    async interrupt(cluster, machineId, { kind, inSeconds }) {
      const url = `/clusters/${encodeURIComponent(cluster)}/machines/${encodeURIComponent(machineId)}/interrupt`;
      const body = { kind, inSeconds: inSeconds ?? null };
      return interruptionFromWire(await (await client()).call("POST", url, body));
    },
    async [Symbol.asyncDispose]() {},
  };
}
