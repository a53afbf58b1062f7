import { fileURLToPath } from "node:url";
import type { Cloud, HeadShell, Interruption } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { SocketClient } from "./client.ts";
import { localGateway, remoteGateway } from "./gateway.ts";
import { requireHost } from "./host/requirements.ts";
import { localImages } from "./images/index.ts";
import { localInfrastructure } from "./infrastructure/index.ts";
import { statePaths } from "./paths.ts";
import { connect } from "./service/connect.ts";
import { localShell, remoteShell } from "./shell.ts";
import { type LocalSites, localSites } from "./sites.ts";
import { interruptionFromWire } from "./wire.ts";
import { type LocalZones, localZoneFaults } from "./zones.ts";

export { createLocalHeadCloud, HEAD_SOCKET } from "./head-cloud.ts";
export { recipeFor } from "./images/recipe.ts";
export { createLocalSiteMachine } from "./site-machine.ts";
export type { LocalSites } from "./sites.ts";
export type { LocalZones, ZoneState, ZonesState } from "./zones.ts";

/** The local cloud with what only it can do. */
export interface LocalCloud extends Cloud {
  readonly zones: LocalZones;
  readonly sites: LocalSites;
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
 * The host side of the local cloud. Its service is started by the first call that needs it. With
 * `SLUICE_LOCAL_SOCKET`, the cloud as a machine of a site reaches it.
 * Throws LOCAL_NEEDS_ROOT and LOCAL_TOOL_MISSING before anything else.
 */
export async function createLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const env = options.env ?? process.env;
  const socket = env.SLUICE_LOCAL_SOCKET;
  if (socket !== undefined) {
    const remote = new SocketClient(socket);
    return localCloud(async () => remote, { shell: remoteShell, gateway: remoteGateway });
  }
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
  return localCloud(client, {
    shell: localShell,
    gateway: (connect) => localGateway(state, connect),
  });
}

type Connect = () => Promise<SocketClient>;

/** The cloud as its service gives it, with what depends on where the caller is. */
function localCloud(
  client: Connect,
  here: {
    readonly shell: (connect: Connect) => HeadShell;
    readonly gateway: (connect: Connect) => NonNullable<Cloud["gateway"]>;
  },
): LocalCloud {
  return {
    provider: "local",
    infrastructure: localInfrastructure(client),
    images: localImages(client),
    shell: here.shell(client),
    zones: localZoneFaults(client),
    sites: localSites(client),
    async consoleOutput(cluster, machineId, lines) {
      const url = `/clusters/${encodeURIComponent(cluster)}/machines/${encodeURIComponent(machineId)}/console`;
      const { text } = await (await client()).call<{ text: string }>("GET", url);
      return text.trimEnd().split("\n").slice(-lines).join("\n");
    },
    gateway: here.gateway(client),
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
