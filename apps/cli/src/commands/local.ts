import { SluiceError } from "@sluice/model";
import { Option } from "commander";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { usage } from "../usage.ts";

interface BuildImageOptions {
  readonly os: string;
}

/** What only the local cloud has: its images, and accidents on request. */
export const localCommand: DefineCommand = (program, cli) => {
  const local = program
    .command("local")
    .description("the local cloud itself: build-image, kill-machine");

  local
    .command("build-image")
    .description("make the machine image if it isn't there")
    .addOption(new Option("--os <os>", "debian13 or debian12").default("debian13"))
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
        const machines = await cloud.infrastructure.machines(name);
        const found = machines.find(({ id, node }) => id === machine || node === machine);
        if (found === undefined) {
          throw new SluiceError("MACHINE_NOT_FOUND", "user", `${name} has no machine ${machine}`, {
            hint: `sluice describe-cluster-instances -n ${name} lists them`,
          });
        }
        await cloud.pullPlug(name, found.id);
        const killed = { instanceId: found.id, node: found.node };
        await context.output.emit(killed, () => `${found.node} (${found.id}) is dead\n`);
        return 0;
      }),
    );
};
