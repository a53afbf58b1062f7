import { deleteImage, describeImage } from "@sluice/lifecycle";
import {
  type DefineCommand,
  type ImageOption,
  imageId,
  type Switch,
  switchOption,
} from "../command.ts";
import { confirm } from "../confirm.ts";
import { cloudOfImage } from "../image-cloud.ts";

interface Options extends ImageOption {
  readonly force?: Switch;
  readonly yes?: true;
}

export const deleteImageCommand: DefineCommand = (program, cli) => {
  program
    .command("delete-image")
    .description("delete a machine image that was built, or what is left of a build that failed")
    .addOption(imageId())
    .option("--force [true|false]", "also one that machines or others use")
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<Options>(async (context, options) => {
        const { imageId: id, yes } = options;
        const force = switchOption("--force", options.force);
        const cloud = await cloudOfImage(context, id);
        // Nobody should be asked about an image that is not there.
        await describeImage({ cloud, id });
        if (yes !== true) {
          await confirm(context, {
            question: `delete image ${id}`,
            doing: `deleting image ${id}`,
            undone: `image ${id} was not deleted`,
          });
        }
        const { onProgress } = context.showProgress();
        const { host, signal } = context;
        await deleteImage({ cloud, id, force, clock: host.clock, onProgress, signal });
        const image = { imageId: id, imageBuildStatus: "DELETE_COMPLETE" };
        await context.output.emit({ image }, () => `${id} is deleted\n`);
        return 0;
      }),
    );
};
