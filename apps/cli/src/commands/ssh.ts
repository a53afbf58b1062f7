import { runOnHead } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { userFor } from "../user.ts";

interface Options extends ClusterOption {
  readonly user?: string;
}

export const sshCommand: DefineCommand = (program, cli) => {
  program
    .command("ssh")
    .description("open a login shell on the head node, or run a line of shell there")
    .usage("-n <name> [-u <user>] [-- command…]")
    .addOption(clusterName())
    .option("-u, --user <user>", "who to be there")
    .argument("[command...]", "read by the login shell, joined by blanks")
    .passThroughOptions()
    .action(
      cli.action<Options>(async (context, options, command) => {
        const { clusterName: name, user: asked } = options;
        const cloud = await context.cloudOf(name);
        const user = await userFor(context, { cloud, cluster: name, asked, argv: [] });
        const shell = ["/bin/bash", "--login"];
        const argv = command.length === 0 ? shell : [...shell, "-c", command.join(" ")];
        const { TERM } = context.host.env;
        context.lendTerminal();
        return runOnHead({ cloud, name, argv, ...user, env: TERM === undefined ? {} : { TERM } });
      }),
    );
};
