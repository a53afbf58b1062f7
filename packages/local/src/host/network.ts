import { SluiceError } from "@sluice/model";
import { run } from "./run.ts";

/** An IPv4 network as numbers: `base` is its first address. */
export interface Network {
  readonly base: number;
  readonly prefix: number;
}

/** Networks are cut from here unless the cluster file names one: 256 of 4,096 addresses each. */
const POOL = { base: toNumber("10.208.0.0"), prefix: 12 };
const DEFAULT_PREFIX = 20;

export function parseNetwork(cidr: string): Network {
  const [address = "", prefix = ""] = cidr.split("/");
  return { base: toNumber(address), prefix: Number(prefix) };
}

export function formatNetwork(network: Network): string {
  return `${toAddress(network.base)}/${network.prefix}`;
}

/** The n-th address; 1 is the host's, 2 the head's, machines follow. */
export function addressAt(network: Network, index: number): string {
  return toAddress(network.base + index);
}

export function capacityOf(network: Network): number {
  return 2 ** (32 - network.prefix) - 2;
}

export function overlaps(a: Network, b: Network): boolean {
  const shift = 2 ** (32 - Math.min(a.prefix, b.prefix));
  return Math.floor(a.base / shift) === Math.floor(b.base / shift);
}

/** First free network of the pool, past everything in `taken`. */
export function pickNetwork(taken: readonly Network[], prefix = DEFAULT_PREFIX): Network {
  const size = 2 ** (32 - prefix);
  const count = 2 ** (prefix - POOL.prefix);
  for (let i = 0; i < count; i++) {
    const candidate = { base: POOL.base + i * size, prefix };
    if (!taken.some((other) => overlaps(candidate, other))) return candidate;
  }
  throw new SluiceError(
    "LOCAL_NETWORK_FULL",
    "system",
    `no free network in ${formatNetwork(POOL)}`,
    {
      hint: "delete a cluster, or give Local.Network in the cluster file",
    },
  );
}

interface AddressInfo {
  readonly ifindex: number;
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
  }[];
}

/** A network that a link of this host has; the kernel counts its links up. */
export interface LinkNetwork {
  readonly link: string;
  readonly index: number;
  readonly network: Network;
}

async function linkNetworks(): Promise<readonly LinkNetwork[]> {
  const links = JSON.parse(await run(["ip", "-json", "address"])) as AddressInfo[];
  return links.flatMap(({ ifindex, ifname, addr_info }) =>
    addr_info
      .filter(({ family }) => family === "inet")
      .map(({ local, prefixlen }) => ({
        link: ifname,
        index: ifindex,
        network: { base: toNumber(local), prefix: prefixlen },
      })),
  );
}

/** The networks that this host's own links and routes use. */
export async function hostNetworks(): Promise<readonly { link: string; network: Network }[]> {
  const own = await linkNetworks();
  const routes = JSON.parse((await run(["ip", "-json", "-4", "route"])) || "[]") as {
    dst: string;
    dev?: string;
  }[];
  const routed = routes
    .filter(({ dst }) => dst !== "default")
    .map(({ dst, dev }) => ({
      link: dev ?? dst,
      network: parseNetwork(dst.includes("/") ? dst : `${dst}/32`),
    }));
  return [...own, ...routed];
}

export async function linkExists(name: string): Promise<boolean> {
  const links = JSON.parse(await run(["ip", "-json", "link"])) as { ifname: string }[];
  return links.some(({ ifname }) => ifname === name);
}

/**
 * The link that has a network of `link` too and was there before it; undefined: none. Two services may
 * find the same network free at the same moment, and both look again once they have it: one yields.
 */
export function olderClash(links: readonly LinkNetwork[], link: string): LinkNetwork | undefined {
  const own = links.filter((one) => one.link === link);
  return links.find((other) =>
    own.some((one) => other.index < one.index && overlaps(other.network, one.network)),
  );
}

/**
 * A bridge with the network's first address; machines' links are plugged into it.
 *
 * Errors: `LOCAL_NETWORK_FAILED`; `LOCAL_NETWORK_IN_USE` when another link came first, and nothing is
 * left then.
 */
export async function makeBridge(name: string, network: Network): Promise<void> {
  const own = addressAt(network, 1);
  const address = `${own}/${network.prefix}`;
  const steps = [
    // forward_delay 0: a port carries packets from the moment it is plugged in. Left to itself a
    // bridge takes the lowest address of its links, another one with each of them, and machines
    // would speak to the former until they ask again.
    `link add ${name} address ${hardwareAddress(own)} type bridge stp_state 0 forward_delay 0`,
    `address add ${address} dev ${name}`,
    `link set ${name} up`,
  ];
  try {
    await run(["ip", "-batch", "-"], { input: `${steps.join("\n")}\n` });
  } catch (error) {
    throw new SluiceError(
      "LOCAL_NETWORK_FAILED",
      "system",
      `making the bridge ${name} for ${address} failed`,
      {
        cause: error,
        hint: "another program may use that network: give a free one as Local.Network",
      },
    );
  }
  const other = olderClash(await linkNetworks(), name);
  if (other === undefined) return;
  await removeLink(name);
  throw networkInUse(`the network ${formatNetwork(network)}`, other);
}

/** @param what such as `Local.Network 10.0.0.0/24`. */
export function networkInUse(
  what: string,
  { link, network }: Pick<LinkNetwork, "link" | "network">,
): SluiceError {
  const message = `${what} is in use by ${link} (${formatNetwork(network)})`;
  return new SluiceError("LOCAL_NETWORK_IN_USE", "user", message, {
    hint: "give another range as Local.Network, or leave the key out and a free one is chosen",
  });
}

export async function removeLink(name: string): Promise<void> {
  if (await linkExists(name)) await run(["ip", "link", "delete", name]);
}

/** Locally administered, and no other host's on that network. */
function hardwareAddress(address: string): string {
  const octets = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return `02:00:${octets.join(":")}`;
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
