import { runOnHead } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { userFor } from "../user.ts";

interface Options extends ClusterOption {
  readonly user?: string;
}

export const runCommand: DefineCommand = (program, cli) => {
  program
    .command("run")
    .description("run a command on the head node, its input, output and exit code passed through")
    .usage("-n <name> [-u <user>] -- <command> [arguments…]")
    .addOption(clusterName())
    .option("-u, --user <user>", "who to be there")
    .argument("<command...>", "the command and its arguments, exactly as it gets them")
    .passThroughOptions()
    .addHelpText(
      "after",
      "\nPaths mean files on the head node. A script from here goes through the pipe:\n" +
        "  sluice run -n demo -u ada -- sbatch --ntasks=4 < job.sh\n",
    )
    .action(
      cli.action<Options>(async (context, options, argv) => {
        const { clusterName: name, user: asked } = options;
        const cloud = await context.cloudOf(name);
        const user = await userFor(context, { cloud, cluster: name, asked, argv });
        const { TERM } = context.host.env;
        context.lendTerminal();
        return runOnHead({ cloud, name, argv, ...user, env: TERM === undefined ? {} : { TERM } });
      }),
    );
};
