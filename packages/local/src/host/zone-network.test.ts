import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "./run.ts";
import { makeZones, removeNetworkLinks, setUplink, zoneLinks } from "./zone-network.ts";

/** A core bridge, named as those of clusters are. */
const CORE = `slb${String(process.pid + 1)
  .padStart(10, "e")
  .slice(-10)}`;
const HOST = "10.99.79.1";
const LINK = `sxz${process.pid}`;
let machine: ChildProcess;

const within = (...argv: string[]): Promise<string> =>
  run(["nsenter", `--target=${machine.pid}`, "--net", "--", ...argv]);
/** Whether the host answers, and by which hardware address it is known then. */
const asked = async (): Promise<string> => {
  await within("ip", "neigh", "flush", "dev", "host0");
  // Nobody listens: that it is refused shows the way.
  await within("bash", "-c", `timeout 1 bash -c "exec 3<>/dev/tcp/${HOST}/9" 2>&1 || true`);
  const said = await within("ip", "-json", "neigh", "show", HOST);
  return (JSON.parse(said) as { lladdr?: string }[])[0]?.lladdr ?? "nobody";
};
const hardwareOf = async (link: string): Promise<string> => {
  const links = JSON.parse(await run(["ip", "-json", "link", "show", link]));
  return (links as { address: string }[])[0]?.address ?? "";
};

beforeEach(async () => {
  await run(["ip", "link", "add", CORE, "up", "type", "bridge", "forward_delay", "0"]);
  await run(["ip", "address", "add", `${HOST}/24`, "dev", CORE]);
  await makeZones(CORE, 2);
  machine = spawn("unshare", ["--net", "sh", "-c", "echo there; exec sleep 60"]);
  if (machine.stdout !== null) await once(machine.stdout, "data");
  const peer = ["type", "veth", "peer", "name", "host0", "netns", String(machine.pid)];
  const { bridge } = zoneLinks(CORE, 1);
  await run(["ip", "link", "add", LINK, "master", bridge, "up", ...peer]);
  await within("ip", "address", "add", "10.99.79.5/24", "dev", "host0");
  await within("ip", "link", "set", "host0", "up");
});
afterEach(async () => {
  machine.kill("SIGKILL");
  await run(["ip", "link", "delete", LINK]).catch(() => {});
  await removeNetworkLinks(CORE);
});

test("a machine of a zone knows the host by its core, and not at all when the zone is cut off", async () => {
  const core = await hardwareOf(CORE);
  for (let round = 0; round < 5; round++) expect(await asked()).toBe(core);
  const links = zoneLinks(CORE, 1);
  const state = { isIsolated: false, rate: undefined };
  await setUplink(links, { ...state, isUp: false });
  expect(await asked()).toBe("nobody");
  await setUplink(links, { ...state, isUp: true });
  expect(await asked()).toBe(core);
  expect(await run(["ip", "-6", "address", "show", "dev", links.bridge])).toBe("");
});
