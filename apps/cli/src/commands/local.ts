import type { Interruption } from "@sluice/cloud";
import { Option } from "commander";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { usage } from "../usage.ts";
import { defineZones, machineOf } from "./local-zones.ts";

interface BuildImageOptions {
  readonly os: string;
}

interface InterruptOptions extends ClusterOption {
  readonly in?: string;
  readonly kind: Interruption["kind"];
}

/** What only the local cloud has: its images, and accidents on request. */
export const localCommand: DefineCommand = (program, cli) => {
  const local = program
    .command("local")
    .description("the local cloud itself: its images, its zones, and accidents on request");
  defineZones(local, cli);

  local
    .command("build-image")
    .description("make the machine image if it isn't there")
    .addOption(new Option("--os <os>", "debian13, debian12 or debian14").default("debian13"))
    .action(
      cli.action<BuildImageOptions>(async (context, { os }) => {
        const { createLocalCloud } = await import("@sluice/local");
        await using cloud = await createLocalCloud();
        const { onProgress } = context.showProgress();
        const at = (status: "started" | "info" | "done", message: string): void =>
          onProgress({ time: context.host.clock.now(), resource: "image", status, message });
        at("started", os);
        const { signal } = context;
        await cloud.ensureImage(os, { signal, onProgress: (message) => at("info", message) });
        at("done", os);
        await context.output.emit({ os, status: "AVAILABLE" }, () => "");
        return 0;
      }),
    );

  local
    .command("kill-machine")
    .description("pull the plug of a machine, by node name or machine id; `head` is one")
    .argument("[machine]")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: name }, [machine]) => {
        if (machine === undefined)
          throw usage("kill-machine needs a node name or a machine id", "see: sluice local --help");
        const { createLocalCloud } = await import("@sluice/local");
        await using cloud = await createLocalCloud();
        const found = await machineOf(cloud, name, machine);
        await cloud.pullPlug(name, found.id);
        const killed = { instanceId: found.id, node: found.node };
        await context.output.emit(killed, () => `${found.node} (${found.id}) is dead\n`);
        return 0;
      }),
    );

  local
    .command("interrupt-machine")
    .description("give notice that a machine will be taken away, and take it then")
    .argument("[machine]")
    .addOption(clusterName())
    .addOption(
      new Option(
        "--in <time>",
        "until it is taken: 90, 120s, 2m or 1h (120s for spot; else never)",
      ),
    )
    .addOption(
      new Option("--kind <kind>", "spot or maintenance")
        .choices(["spot", "maintenance"])
        .default("spot"),
    )
    .action(
      cli.action<InterruptOptions>(async (context, options, [machine]) => {
        if (machine === undefined)
          throw usage(
            "interrupt-machine needs a node name or a machine id",
            "see: sluice local --help",
          );
        const { clusterName: name, kind } = options;
        const inSeconds = options.in === undefined ? USUAL_SECONDS[kind] : secondsOf(options.in);
        const { createLocalCloud } = await import("@sluice/local");
        await using cloud = await createLocalCloud();
        const found = await machineOf(cloud, name, machine);
        const { deadline } = await cloud.interrupt(name, found.id, { kind, inSeconds });
        const when = deadline === undefined ? "some time" : deadline.toISOString();
        const notice = {
          instanceId: found.id,
          node: found.node,
          kind,
          ...(deadline === undefined ? {} : { deadline: deadline.toISOString() }),
        };
        await context.output.emit(
          notice,
          () => `${found.node} (${found.id}) has a ${kind} notice: it goes at ${when}\n`,
        );
        return 0;
      }),
    );
};

/** What a notice says when nothing else was asked for: spot machines have as long on EC2. */
const USUAL_SECONDS = { spot: 120, maintenance: undefined } as const;
const MOST_SECONDS = 24 * 3600;

function secondsOf(text: string): number {
  const [, digits, unit = "s"] = /^(\d+)([smh])?$/.exec(text) ?? [];
  const seconds = Number(digits) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"];
  if (seconds <= MOST_SECONDS) return seconds;
  throw usage(`--in ${text} is no time that a notice can give`, "give 90, 120s, 2m or up to 24h");
}
