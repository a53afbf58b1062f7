import type { SocketClient } from "./client.ts";
import type { ZonesState } from "./service/zones.ts";

export type { ZoneState, ZonesState } from "./service/zones.ts";

/**
 * Zones of a cluster or a site, and failures on request. `owner` is a cluster's name, or `site:NAME`.
 * Each verb resolves when it is so, with the states then; repeatable.
 *
 * Errors: `ZONE_NOT_FOUND`; `ZONE_HAS_NO_UPLINK` for what needs zones with networks of their own.
 */
export interface LocalZones {
  states(owner: string): Promise<ZonesState>;
  /** All machines there lose power at once, and nothing starts until it is healed. */
  fail(owner: string, zone: string): Promise<ZonesState>;
  /** Undoes all that was done to it. The zones are no longer parted. */
  heal(owner: string, zone: string): Promise<ZonesState>;
  /** The zone lives on, reached by nobody: host and cloud included. */
  cut(owner: string, zone: string): Promise<ZonesState>;
  /** No zone reaches another; host and cloud reach each. */
  part(owner: string): Promise<ZonesState>;
  /** @param rate of the uplink in each direction, such as `10mbit`. */
  slow(owner: string, zone: string, rate: string): Promise<ZonesState>;
  /** Pulls the cable of a machine: it lives on, reached by nobody. */
  cutMachine(owner: string, machine: MachineOf): Promise<ZonesState>;
  healMachine(owner: string, machine: MachineOf): Promise<ZonesState>;
  /** Every process of the machine stands still, as on a host that hangs. */
  freezeMachine(owner: string, machine: MachineOf): Promise<ZonesState>;
  thawMachine(owner: string, machine: MachineOf): Promise<ZonesState>;
  /** Names of what runs in a machine and does not stand still, also of one that is cut off. */
  awake(owner: string, machine: MachineOf): Promise<readonly string[]>;
}

/** @param cluster whose it is; `site:NAME` for a machine of the site itself. */
export interface MachineOf {
  readonly id: string;
  readonly cluster: string;
}

/** The zones, asked of the service. */
export function localZoneFaults(connect: () => Promise<SocketClient>): LocalZones {
  const act = async (owner: string, verb: string, body: object): Promise<ZonesState> =>
    (await connect()).call("POST", `/zones/${encodeURIComponent(owner)}/${verb}`, body);
  return {
    states: async (owner) => (await connect()).call("GET", `/zones/${encodeURIComponent(owner)}`),
    fail: (owner, zone) => act(owner, "fail", { zone }),
    heal: (owner, zone) => act(owner, "heal", { zone }),
    cut: (owner, zone) => act(owner, "cut", { zone }),
    part: (owner) => act(owner, "part", {}),
    slow: (owner, zone, rate) => act(owner, "slow", { zone, rate }),
    cutMachine: (owner, { id, cluster }) => act(owner, "cut-machine", { id, cluster }),
    healMachine: (owner, { id, cluster }) => act(owner, "heal-machine", { id, cluster }),
    freezeMachine: (owner, { id, cluster }) => act(owner, "freeze-machine", { id, cluster }),
    thawMachine: (owner, { id, cluster }) => act(owner, "thaw-machine", { id, cluster }),
    awake: async (owner, { id, cluster }) => {
      const url = `/zones/${encodeURIComponent(owner)}/awake`;
      const answer = await (await connect()).call<{ names: string[] }>("POST", url, {
        id,
        cluster,
      });
      return answer.names;
    },
  };
}
