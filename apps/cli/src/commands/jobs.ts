import { type DefineCommand, numberOption } from "../command.ts";
import { anyCluster, type JobPlaceOptions, jobPlace } from "../jobs/place.ts";
import { jobTable } from "../render/jobs.ts";

interface Options extends JobPlaceOptions {
  readonly all?: boolean;
  readonly of?: readonly string[];
  readonly state?: readonly string[];
  readonly partition?: readonly string[];
  readonly limit: string;
}

export const jobsCommand: DefineCommand = (program, cli) => {
  program
    .command("jobs")
    .description("list jobs that wait or run")
    .addOption(anyCluster())
    .option("-u, --user <user>", "who to ask as, straight on the head")
    .option("-a, --all", "those that are over, too")
    .option("--of <users...>", "only jobs of these users")
    .option("--state <states...>", "only these states: PENDING, RUNNING, …")
    .option("-p, --partition <queues...>", "only these queues")
    .option("--limit <number>", "how many at most", "100")
    .argument("[text...]", "words to look for in id, name, user, account, queue, state, nodes")
    .action(
      cli.action<Options>(async (context, options, words) => {
        const { all = false, of: users, state, partition: partitions } = options;
        const limit = Math.min(numberOption("--limit", options.limit), 1000);
        const states = state?.map((word) => word.toUpperCase());
        const place = await jobPlace(context, options);
        const found = await place.list({
          // A state that is over would not be found otherwise.
          all: all || states !== undefined,
          limit,
          ...(users === undefined ? {} : { users }),
          ...(states === undefined ? {} : { states }),
          ...(partitions === undefined ? {} : { partitions }),
          ...(words.length === 0 ? {} : { text: words.join(" ") }),
        });
        await context.output.emit(found, jobTable);
        return 0;
      }),
    );
};
