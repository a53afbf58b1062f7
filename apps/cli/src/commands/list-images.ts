import { type ImageView, listImages } from "@sluice/lifecycle";
import { Option } from "commander";
import type { DefineCommand } from "../command.ts";
import { table } from "../render/table.ts";

/** ParallelCluster's words for what is listed. */
const STATUSES = {
  AVAILABLE: ["BUILD_COMPLETE"],
  PENDING: ["BUILD_IN_PROGRESS", "DELETE_IN_PROGRESS"],
  FAILED: ["BUILD_FAILED", "DELETE_FAILED"],
} as const;

interface Options {
  readonly imageStatus?: keyof typeof STATUSES;
}

export const listImagesCommand: DefineCommand = (program, cli) => {
  program
    .command("list-images")
    .description("list the machine images that were built")
    .addOption(
      new Option("--image-status <status>", "only those that are so").choices(
        Object.keys(STATUSES),
      ),
    )
    .action(
      cli.action<Options>(async (context, { imageStatus }) => {
        const { found, unasked } = await context.fromEachCloud((cloud) => listImages({ cloud }));
        const wanted: readonly string[] | undefined = imageStatus && STATUSES[imageStatus];
        const images = found
          .flat()
          .filter((image) => wanted === undefined || wanted.includes(image.imageBuildStatus));
        await context.output.emit({ images, ...unasked }, (_, paint) => {
          if (images.length === 0) return "no images; build one with: sluice build-image\n";
          const row = (image: ImageView) => [
            image.imageId,
            paint.state(image.imageBuildStatus),
            image.provider,
            `${image.os} ${image.architecture}`,
            image.ec2AmiInfo?.amiId ?? "",
          ];
          return table(["IMAGE", "STATUS", "PROVIDER", "SYSTEM", "CUSTOMAMI"], images.map(row));
        });
        return 0;
      }),
    );
};
