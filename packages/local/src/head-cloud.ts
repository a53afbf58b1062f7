import { existsSync } from "node:fs";
import type {
  Catalogue,
  Consoles,
  FileVersion,
  HeadCloud,
  Identity,
  Machine,
  Offering,
} from "@sluice/cloud";
import { type ClusterConfig, localMachineTypes } from "@sluice/model";
import { SocketClient } from "./client.ts";
import { localGuest, localSlurmTraits } from "./guest.ts";
import { localLeadership, localRegisters, readLeadershipFacts } from "./leadership.ts";
import { localMachines } from "./machines/index.ts";
import { localStandby } from "./machines/standby.ts";
import { SITE_KEYS, siteKeys } from "./site-keys.ts";
import { machineFromWire, type Wire } from "./wire.ts";

/** The socket in the head that reaches the service. */
export const HEAD_SOCKET = "/run/sluice-cloud/cloud.sock";

/** What the head of a local cluster holds of its cloud. */
export function createLocalHeadCloud(options: {
  readonly config: ClusterConfig;
  readonly slurmVersion: string;
  readonly socket?: string;
  /** Folder of what the machine knows of itself. */
  readonly guestDir?: string;
}): HeadCloud {
  const client = new SocketClient(options.socket ?? HEAD_SOCKET);
  const facts = readLeadershipFacts(options.guestDir);
  const of = (call?: { readonly signal?: AbortSignal }) => ({ signal: call?.signal });
  const catalogue: Catalogue = {
    async offerings(pool, call) {
      return client.call<Offering[]>(
        "POST",
        "/offerings",
        { queue: pool.queue, instanceTypes: pool.instanceTypes, markets: pool.markets },
        { signal: call?.signal },
      );
    },
  };
  const identity: Identity = {
    async verify(proof, _from, call) {
      const machine = await client.call<Wire<Machine> | null>(
        "POST",
        "/identity",
        { proof },
        { signal: call?.signal },
      );
      return machine === null ? undefined : machineFromWire(machine);
    },
  };
  const consoles: Consoles = {
    async read(machineId, call) {
      const { text } = await client.call<{ text: string }>(
        "GET",
        `/machines/${encodeURIComponent(machineId)}/console`,
        undefined,
        { signal: call?.signal },
      );
      return text;
    },
  };
  return {
    machines: localMachines(client),
    catalogue,
    identity,
    consoles,
    standby: localStandby(client),
    ...(existsSync(SITE_KEYS) ? { secrets: siteKeys() } : {}),
    ...(facts === undefined ? {} : { leadership: localLeadership(client, facts) }),
    registers: localRegisters(client),
    files: {
      wanted: (call) => client.call<FileVersion>("GET", "/files/wanted", undefined, of(call)),
      async prepare(config, call) {
        await client.call("POST", "/files/prepare", { config }, of(call));
      },
      async report({ version, status, message }, call) {
        const body = { version, status, message: message.slice(0, 2000) };
        await client.call("POST", "/files/report", body, of(call));
      },
    },
    guest: localGuest(localMachineTypes(options.config)),
    slurm: localSlurmTraits(options.slurmVersion),
    signal: {
      async report(status, message) {
        await client.call("POST", "/report", { status, message: message.slice(0, 2000) });
      },
    },
    async [Symbol.asyncDispose]() {},
  };
}
