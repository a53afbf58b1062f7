import { lookup } from "node:dns/promises";
import { isIPv4 } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { HeadContext } from "../context.ts";
import { run } from "../run.ts";

/** Seconds that finding an address by its name may take; slurmctld waits for it. */
const PATIENCE = 1;
/** And a slurmdbd's answer, which takes a tenth of one. */
const ANSWER_PATIENCE = 2;
/** Of the rules that close the way, one for each slurmdbd. */
const FIRST_RULE = 6819;
const SLURMDBD_PORT = 6819;

type Accounting = Pick<HeadContext, "config">;

/**
 * Has this machine come to a slurmdbd elsewhere from the address that whoever leads has. slurmdbd tells
 * a cluster of changes at the address that its slurmctld registered from: after a take-over it would
 * tell them a machine that is gone. The kernel takes such a route away with the address.
 *
 * Never rejects: without it accounting works, and hears of changes late.
 */
export async function comeFromCommonAddress({
  address,
  config,
}: Pick<HeadContext, "address" | "config">): Promise<void> {
  const ways = hostsOf({ config }).map(async (host) => {
    const to = await addressOf(host);
    if (to === undefined) return;
    const words = routeFrom(await run(["ip", "-json", "route", "get", to]), { to, from: address });
    if (words !== undefined) await run(["ip", "route", "replace", ...words]);
  });
  await Promise.allSettled(ways);
}

/**
 * Before slurmctld starts. A slurmdbd elsewhere that hangs takes calls and does not answer them, as one
 * whose machine was just lost: slurmctld would wait for it for more than a minute, and do nothing
 * else. So such a one is out of its reach until `openWay`, and slurmctld begins with what it has saved
 * of accounts. Nobody else on this machine is kept from it.
 *
 * Never rejects: at worst slurmctld waits.
 */
export async function closeWayIfSilent({ config }: Accounting): Promise<void> {
  const hosts = hostsOf({ config });
  if (hosts.length === 0) return;
  await openWay({ config });
  if (await answers()) return;
  const { Port = SLURMDBD_PORT } = config.Scheduling.SlurmSettings.ExternalSlurmdbd ?? {};
  const closing = hosts.map(async (host, index) => {
    const [to, user] = await Promise.all([addressOf(host), run(["id", "-u", "slurm"])]);
    if (to === undefined) return;
    const what = ["to", `${to}/32`, "ipproto", "tcp", "dport", String(Port)];
    const whose = ["uidrange", `${user.trim()}-${user.trim()}`];
    const order = ["pref", String(FIRST_RULE + index)];
    await run(["ip", "rule", "add", ...order, ...what, ...whose, "prohibit"]);
  });
  await Promise.allSettled(closing);
}

/** slurmctld tries again by itself, every ten seconds. Never rejects. */
export async function openWay({ config }: Accounting): Promise<void> {
  const rules = hostsOf({ config }).map((_, index) =>
    run(["ip", "rule", "delete", "pref", String(FIRST_RULE + index)]),
  );
  await Promise.allSettled(rules);
}

async function answers(): Promise<boolean> {
  const argv = ["sacctmgr", "--noheader", "--parsable2", "show", "cluster", "format=cluster"];
  const asked = run(argv, "", { timeoutSeconds: ANSWER_PATIENCE });
  return asked.then(
    () => true,
    () => false,
  );
}

function hostsOf({ config }: Accounting): readonly string[] {
  const { Host, BackupHost } = config.Scheduling.SlurmSettings.ExternalSlurmdbd ?? {};
  return [Host, BackupHost].flatMap((host) => host ?? []);
}

async function addressOf(host: string): Promise<string | undefined> {
  if (isIPv4(host)) return host;
  const late = delay(PATIENCE * 1000, undefined, { ref: false });
  return Promise.race([lookup(host, { family: 4 }).then((found) => found.address), late]);
}

/**
 * Of `ip -json route get`.
 *
 * @returns what is the same way from that address, for `ip route`; undefined where it is so already, or
 * leads nowhere else.
 */
export function routeFrom(
  text: string,
  { to, from }: { readonly to: string; readonly from: string },
): readonly string[] | undefined {
  const [route] = JSON.parse(text) as readonly {
    readonly type?: string;
    readonly gateway?: string;
    readonly dev?: string;
    readonly prefsrc?: string;
  }[];
  if (route?.dev === undefined || route.dev === "lo" || route.type === "local") return undefined;
  if (route.prefsrc === from || to === from) return undefined;
  const via = route.gateway === undefined ? [] : ["via", route.gateway];
  return [`${to}/32`, ...via, "dev", route.dev, "src", from];
}
