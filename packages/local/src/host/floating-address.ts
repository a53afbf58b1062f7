import { setTimeout as delay } from "node:timers/promises";
import { run } from "./run.ts";

/** The link of a machine in its own network namespace. */
export const MACHINE_LINK = "host0";

/** Seconds between the announcements of an address that moved; any of them may be lost. */
const ANNOUNCED_AFTER_SECONDS = [0.1, 0.4, 1.5];

/**
 * With `arp_notify`, giving a link the hardware address that it has makes the kernel announce every
 * address of it. Bridges learn the way by that, and neighbours change what they remember at once.
 */
const ANNOUNCE = `
mac=$(ip -o link show ${MACHINE_LINK} | sed 's/.*ether \\([^ ]*\\).*/\\1/')
ip link set ${MACHINE_LINK} address "$mac"
`;
const BRING = `
set -eu
echo 1 > /proc/sys/net/ipv4/conf/${MACHINE_LINK}/arp_notify
ip address replace "$1/32" dev ${MACHINE_LINK}
${ANNOUNCE}`;
const DROP = `ip address flush dev ${MACHINE_LINK} to "$1/32"`;

/**
 * Brings an address to a machine, beside its own; resolves when neighbours that remember another
 * machine at that address reach this one. Repeatable.
 *
 * @param launcher process on the host that is in the machine's network namespace.
 */
export async function bringAddress(launcher: number, address: string): Promise<void> {
  await inNetworkOf(launcher, BRING, address);
  void announceAgain(launcher);
}

/** Takes an address from a machine; that it is not there is fine. */
export async function dropAddress(launcher: number, address: string): Promise<void> {
  await inNetworkOf(launcher, DROP, address);
}

async function announceAgain(launcher: number): Promise<void> {
  for (const seconds of ANNOUNCED_AFTER_SECONDS) {
    await delay(seconds * 1000, undefined, { ref: false });
    // The machine may be gone by now.
    await inNetworkOf(launcher, ANNOUNCE).catch(() => {});
  }
}

async function inNetworkOf(launcher: number, script: string, ...args: string[]): Promise<void> {
  const enter = ["nsenter", `--target=${launcher}`, "--net", "--"];
  await run([...enter, "sh", "-c", script, "sh", ...args], { timeoutMs: 5000 });
}
