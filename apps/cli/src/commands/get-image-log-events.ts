import { imageLog } from "@sluice/lifecycle";
import { type DefineCommand, type ImageOption, imageId, numberOption } from "../command.ts";
import { cloudOfImage } from "../image-cloud.ts";

interface Options extends ImageOption {
  readonly limit: string;
}

export const getImageLogEventsCommand: DefineCommand = (program, cli) => {
  program
    .command("get-image-log-events")
    .description("show the newest lines of what the build of an image said")
    .addOption(imageId())
    .option("--limit <number>", "newest lines to show", "200")
    .action(
      cli.action<Options>(async (context, { imageId: id, limit }) => {
        const lines = numberOption("--limit", limit);
        const cloud = await cloudOfImage(context, id);
        const text = await imageLog({ cloud, id, lines });
        const messages = text.split("\n").filter((line) => line !== "");
        const events = messages.map((message) => ({ message }));
        await context.output.emit({ events }, () => text);
        return 0;
      }),
    );
};
