import type { Machine } from "@sluice/cloud";
import type { LocalCloud, ZoneState, ZonesState } from "@sluice/local";
import { SluiceError } from "@sluice/model";
import { type Command, Option } from "commander";
import type { Cli } from "../command.ts";
import type { Context } from "../context.ts";
import { table } from "../render/table.ts";
import { usage } from "../usage.ts";

/** Whose zones: one of them. */
interface OwnerOptions {
  readonly clusterName?: string;
  readonly site?: string;
}

interface SlowOptions extends OwnerOptions {
  readonly rate: string;
}

type ZoneWork = (cloud: LocalCloud, owner: string, zone: string) => Promise<ZonesState>;

const VERBS: readonly (readonly [name: string, description: string, work: ZoneWork])[] = [
  [
    "fail-zone",
    "take the power of a zone: its machines go at once, and none starts there",
    (cloud, owner, zone) => cloud.zones.fail(owner, zone),
  ],
  [
    "heal-zone",
    "undo all that was done to a zone",
    (cloud, owner, zone) => cloud.zones.heal(owner, zone),
  ],
  [
    "cut-zone",
    "cut a zone off from everything, this host and the cloud included",
    (cloud, owner, zone) => cloud.zones.cut(owner, zone),
  ],
];

/** Zones of the local cloud, and what can happen to them. */
export function defineZones(local: Command, cli: Cli): void {
  ownedBy(local.command("zones").description("show the zones of a cluster or a site")).action(
    cli.action<OwnerOptions>((context, options) =>
      answer(context, options, (cloud, owner) => cloud.zones.states(owner)),
    ),
  );
  for (const [name, description, work] of VERBS) {
    ownedBy(local.command(name).description(description).argument("[zone]")).action(
      cli.action<OwnerOptions>(async (context, options, [zone]) => {
        const named = zoneOf(name, zone);
        return answer(context, options, (cloud, owner) => work(cloud, owner, named));
      }),
    );
  }
  ownedBy(
    local
      .command("part-zones")
      .description("let no zone reach another; this host and the cloud reach all of them"),
  ).action(
    cli.action<OwnerOptions>((context, options) =>
      answer(context, options, (cloud, owner) => cloud.zones.part(owner)),
    ),
  );
  ownedBy(
    local
      .command("slow-zone")
      .description("limit what goes into a zone and out of it")
      .argument("[zone]")
      .addOption(
        new Option("--rate <rate>", "in each direction: 500kbit, 10mbit, 1gbit").default("10mbit"),
      ),
  ).action(
    cli.action<SlowOptions>(async (context, options, [zone]) => {
      const named = zoneOf("slow-zone", zone);
      const { rate } = options;
      return answer(context, options, (cloud, owner) => cloud.zones.slow(owner, named, rate));
    }),
  );
  defineMachineCuts(local, cli);
}

function defineMachineCuts(local: Command, cli: Cli): void {
  const verbs = [
    ["cut-machine", "pull the cable of a machine, by node name or machine id", "cutMachine"],
    ["heal-machine", "plug the cable of a machine in again", "healMachine"],
    ["freeze-machine", "let every process of a machine stand still", "freezeMachine"],
    ["thaw-machine", "let a machine that stands still go on", "thawMachine"],
  ] as const;
  for (const [name, description, verb] of verbs) {
    ownedBy(local.command(name).description(description).argument("[machine]")).action(
      cli.action<OwnerOptions>(async (context, options, [machine]) => {
        if (machine === undefined)
          throw usage(`${name} needs a node name or a machine id`, "see: sluice local --help");
        return answer(context, options, async (cloud, owner) => {
          const { id } = await machineOf(cloud, owner, machine);
          return cloud.zones[verb](owner, { id, cluster: owner });
        });
      }),
    );
  }
}

/** By node name or id; `head` is the one that leads. Errors: `MACHINE_NOT_FOUND`. */
export async function machineOf(
  cloud: LocalCloud,
  cluster: string,
  machine: string,
): Promise<Machine> {
  const machines = await cloud.infrastructure.machines(cluster);
  const found =
    machines.find(
      ({ id, node, state }) => state !== "gone" && (id === machine || node === machine),
    ) ?? (machine === "head" ? (await cloud.infrastructure.describe(cluster))?.head : undefined);
  if (found !== undefined) return found;
  throw new SluiceError("MACHINE_NOT_FOUND", "user", `${cluster} has no machine ${machine}`, {
    hint: `sluice describe-cluster-instances -n ${cluster} lists them`,
  });
}

function ownedBy(command: Command): Command {
  return command
    .addOption(new Option("-n, --cluster-name <name>", "name of the cluster"))
    .addOption(new Option("--site <name>", "name of the site, in place of a cluster"));
}

async function answer(
  context: Context,
  options: OwnerOptions,
  work: (cloud: LocalCloud, owner: string) => Promise<ZonesState>,
): Promise<number> {
  const owner = ownerOf(options);
  const { createLocalCloud } = await import("@sluice/local");
  await using cloud = await createLocalCloud();
  const states = await work(cloud, owner);
  await context.output.emit(states, () => renderZones(states));
  return 0;
}

function ownerOf({ clusterName, site }: OwnerOptions): string {
  if (clusterName !== undefined && site === undefined) return clusterName;
  if (site !== undefined && clusterName === undefined) return `site:${site}`;
  throw usage("name a cluster by -n, or a site by --site", "see: sluice local --help");
}

function zoneOf(verb: string, zone: string | undefined): string {
  if (zone !== undefined) return zone;
  throw usage(`${verb} needs a zone`, "see which there are: sluice local zones -n NAME");
}

function renderZones({ zones, cutMachines }: ZonesState): string {
  const states = table(
    ["ZONE", "STATE", "MACHINES"],
    zones.map((zone) => [zone.zone, stateOf(zone), String(zone.machines)]),
  );
  const cut = cutMachines.map(({ id, node }) => `${node} (${id}) is cut off\n`);
  return `${states}${cut.join("")}`;
}

function stateOf({ isFailed, isCut, isParted, rate }: ZoneState): string {
  const words = [
    ...(isFailed ? ["failed"] : []),
    ...(isCut ? ["cut off"] : []),
    ...(isParted ? ["parted"] : []),
    ...(rate === null ? [] : [`slow (${rate})`]),
  ];
  return words.length === 0 ? "in order" : words.join(", ");
}
