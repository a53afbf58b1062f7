import { writeFile } from "node:fs/promises";
import { run } from "./run.ts";

/** The links of one zone of a network: its bridge, and the two ends of its uplink to the core. */
export interface ZoneLinks {
  readonly bridge: string;
  /** The uplink's end in the core bridge. */
  readonly coreEnd: string;
  /** The uplink's end in the zone's bridge. */
  readonly zoneEnd: string;
}

/** How a zone hangs on the core of its network. */
export interface UplinkState {
  /** False: nothing gets into the zone or out of it. */
  readonly isUp: boolean;
  /** The core carries nothing between two uplinks that are isolated; host and core reach both. */
  readonly isIsolated: boolean;
  /** As `tc` writes it, such as `10mbit`; undefined: as fast as the host is. */
  readonly rate: string | undefined;
}

/** What a tbf may send at once, in bytes: one packet of veth's largest, and some. */
const BURST_BYTES = 96 << 10;

/**
 * The names of a zone's links, from that of its core bridge (`slb` and ten digits) and the zone's
 * number from 0 on, so that whoever knows the core finds them all.
 */
export function zoneLinks(core: string, index: number): ZoneLinks {
  const rest = `${core.slice(3)}${index + 1}`;
  return { bridge: `slz${rest}`, coreEnd: `slu${rest}`, zoneEnd: `slv${rest}` };
}

/** Makes the bridge and uplink of each of so many zones; those that are there stay as they are. */
export async function makeZones(core: string, count: number): Promise<void> {
  const there = new Set(await linkNames());
  const steps = Array.from({ length: count }, (_, index) => zoneLinks(core, index)).flatMap(
    ({ bridge, coreEnd, zoneEnd }) => [
      ...(there.has(bridge) ? [] : [`link add ${bridge} type bridge stp_state 0 forward_delay 0`]),
      ...(there.has(coreEnd) ? [] : [`link add ${coreEnd} type veth peer name ${zoneEnd}`]),
      `link set ${coreEnd} master ${core} up`,
      `link set ${zoneEnd} master ${bridge} up`,
      // Nor has it an address for IPv6, which would let machines of a zone that is cut off reach it.
      `link set ${bridge} addrgenmode none`,
      `link set ${bridge} up`,
    ],
  );
  await run(["ip", "-batch", "-"], { input: `${steps.join("\n")}\n` });
  for (let index = 0; index < count; index++) await setSilent(zoneLinks(core, index).bridge);
}

/**
 * The host is on the core alone. A zone's bridge would answer for the host's addresses, too, by its
 * own hardware address: so machines of a zone that is cut off would reach the host, and lose it for
 * most of a minute when that address changes, as it does when the machine that it is taken from goes.
 */
async function setSilent(bridge: string): Promise<void> {
  await writeFile(`/proc/sys/net/ipv4/conf/${bridge}/arp_ignore`, "8");
}

/** Brings a zone's uplink into a state, whatever it was in. */
export async function setUplink(links: ZoneLinks, state: UplinkState): Promise<void> {
  const { coreEnd, zoneEnd } = links;
  const isolated = state.isIsolated ? "on" : "off";
  const steps = [
    `link set dev ${coreEnd} type bridge_slave isolated ${isolated}`,
    `link set ${coreEnd} ${state.isUp ? "up" : "down"}`,
  ];
  for (const end of [coreEnd, zoneEnd]) await setRate(end, state.rate);
  await run(["ip", "-batch", "-"], { input: `${steps.join("\n")}\n` });
}

/** Pulls the cable of a machine, or plugs it in; one that has no link is left alone. */
export async function setMachineLink(link: string, isUp: boolean): Promise<void> {
  if (!(await linkNames()).includes(link)) return;
  await run(["ip", "link", "set", link, isUp ? "up" : "down"]);
}

/** Removes a core bridge and all its zones' links, however many of them there are. */
export async function removeNetworkLinks(core: string): Promise<void> {
  const rest = core.slice(3);
  const own = (name: string): boolean =>
    name === core || (/^sl[zu]/.test(name) && name.slice(3, -1) === rest);
  for (const name of (await linkNames()).filter(own)) await run(["ip", "link", "delete", name]);
}

async function setRate(link: string, rate: string | undefined): Promise<void> {
  if (rate !== undefined) {
    const shape = ["rate", rate, "burst", `${BURST_BYTES}b`, "latency", "200ms"];
    await run(["tc", "qdisc", "replace", "dev", link, "root", "tbf", ...shape]);
    return;
  }
  if ((await run(["tc", "qdisc", "show", "dev", link])).includes("tbf"))
    await run(["tc", "qdisc", "delete", "dev", link, "root"]);
}

async function linkNames(): Promise<readonly string[]> {
  const links = JSON.parse(await run(["ip", "-json", "link"])) as { ifname: string }[];
  return links.map(({ ifname }) => ifname);
}
