import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SocketClient } from "../client.ts";
import { localLeadership } from "../leadership.ts";
import { bringAddress, dropAddress } from "./floating-address.ts";
import { run } from "./run.ts";
import { makeZones, removeNetworkLinks, setMachineLink } from "./zone-network.ts";

const ADDRESS = "10.99.78.2";
/** A core bridge and its zones, named as those of clusters are. */
const CORE = `slb${String(process.pid).padStart(10, "f").slice(-10)}`;
/** Of each machine, by the number at the end of its address: its zone's number. */
const MACHINES = { 3: 1, 4: 2, 5: 2 } as const;
const NEIGHBOUR = 5;

const machines = new Map<number, ChildProcess>();
const pidOf = (number: number): number => machines.get(number)?.pid ?? 0;
const linkOf = (number: number): string => `sxt${process.pid}${number}`;
const within = (number: number, ...argv: string[]): Promise<string> =>
  run(["nsenter", `--target=${pidOf(number)}`, "--net", "--", ...argv]);

/** What answers at the address, as the neighbour sees it: the hardware address it remembers. */
const reached = async (): Promise<string> => {
  // Nobody listens: that the connection is refused, and soon, shows that the way is right.
  const knock = `exec 3<>/dev/tcp/${ADDRESS}/9`;
  await within(NEIGHBOUR, "timeout", "2", "bash", "-c", `${knock} 2>&1 || true`);
  const said = await within(NEIGHBOUR, "ip", "-json", "neigh", "show", ADDRESS);
  return (JSON.parse(said) as { lladdr?: string }[])[0]?.lladdr ?? "";
};
const hardwareOf = async (number: number): Promise<string> => {
  const links = JSON.parse(await within(number, "ip", "-json", "link", "show", "host0"));
  return (links as { address: string }[])[0]?.address ?? "";
};

beforeEach(async () => {
  await run(["ip", "link", "add", CORE, "up", "type", "bridge", "forward_delay", "0"]);
  await makeZones(CORE, 2);
  for (const [number, zone] of Object.entries(MACHINES)) {
    const child = spawn("unshare", ["--net", "sh", "-c", "echo there; exec sleep 60"]);
    machines.set(Number(number), child);
    await once(child.stdout, "data");
    const bridge = `slz${CORE.slice(3)}${zone}`;
    const peer = ["type", "veth", "peer", "name", "host0", "netns", String(child.pid)];
    await run(["ip", "link", "add", linkOf(Number(number)), "master", bridge, "up", ...peer]);
    await within(Number(number), "ip", "address", "add", `10.99.78.${number}/24`, "dev", "host0");
    await within(Number(number), "ip", "link", "set", "host0", "up");
  }
});
afterEach(async () => {
  for (const [number, child] of machines) {
    await run(["ip", "link", "delete", linkOf(number)]).catch(() => {});
    child.kill("SIGKILL");
  }
  machines.clear();
  await removeNetworkLinks(CORE);
});

test("a neighbour that remembers the former machine reaches the new one at once, across zones", async () => {
  await bringAddress(pidOf(3), ADDRESS);
  expect(await reached()).toBe(await hardwareOf(3));

  await dropAddress(pidOf(3), ADDRESS);
  await bringAddress(pidOf(4), ADDRESS);
  expect(await reached(), "given up by the former one").toBe(await hardwareOf(4));

  await bringAddress(pidOf(3), ADDRESS);
  await setMachineLink(linkOf(3), false);
  await bringAddress(pidOf(4), ADDRESS);
  expect(await reached(), "the former one is cut off, and has it still").toBe(await hardwareOf(4));

  await dropAddress(pidOf(3), ADDRESS);
  await dropAddress(pidOf(3), ADDRESS);
  await setMachineLink(linkOf(3), true);
  expect(await reached(), "the former one is back").toBe(await hardwareOf(4));
});

test("a machine gives the address up itself, whether it is here or not", async () => {
  const facts = { machine: "m-3", address: ADDRESS };
  const leadership = localLeadership(new SocketClient("/nowhere"), facts, async (argv) => {
    await within(3, ...argv);
  });
  const addresses = () => within(3, "ip", "-4", "address", "show", "dev", "host0");
  await leadership.dropAddress();
  await bringAddress(pidOf(3), ADDRESS);
  expect(await addresses()).toContain(ADDRESS);
  await leadership.dropAddress();
  expect(await addresses()).not.toContain(ADDRESS);
  expect(await addresses(), "its own").toContain("10.99.78.3/24");
  await leadership.dropAddress();
});
