import type { DefineCommand } from "../command.ts";
import { anyCluster, type JobPlaceOptions, jobPlace } from "../jobs/place.ts";

export const cancelCommand: DefineCommand = (program, cli) => {
  program
    .command("cancel")
    .description("cancel jobs, arrays or tasks of arrays")
    .addOption(anyCluster())
    .option("-u, --user <user>", "who to be, straight on the head")
    .argument("<ids...>", "12, 12_3 or 12_[1-5]")
    .action(
      cli.action<JobPlaceOptions>(async (context, options, ids) => {
        const place = await jobPlace(context, options);
        for (const id of ids) await place.cancel(id);
        await context.output.emit({ cancelled: ids }, () => `cancelled ${ids.join(", ")}\n`);
        return 0;
      }),
    );
};
