import type { DefineCommand } from "../command.ts";
import { anyCluster, type JobPlaceOptions, jobPlace } from "../jobs/place.ts";
import { jobText } from "../render/jobs.ts";

interface Options extends JobPlaceOptions {
  readonly follow?: boolean;
}

export const jobCommand: DefineCommand = (program, cli) => {
  program
    .command("job")
    .description("show a job: state, why it waits, steps, what it used; or what it writes")
    .addOption(anyCluster())
    .option("-u, --user <user>", "who to ask as, straight on the head")
    .option("-f, --follow", "show what it writes, until it is over")
    .argument("<id>", "12, or 12_3 for a task of an array")
    .action(
      cli.action<Options>(async (context, options, [id = ""]) => {
        const place = await jobPlace(context, options);
        const job = await place.describe(id);
        if (options.follow === true) await place.follow(job, context.endOnInterrupt());
        else await context.output.emit(job, jobText);
        return 0;
      }),
    );
};
