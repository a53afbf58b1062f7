import { describeImage, type ImageView } from "@sluice/lifecycle";
import { type DefineCommand, type ImageOption, imageId } from "../command.ts";
import { cloudOfImage } from "../image-cloud.ts";
import type { Paint } from "../render/paint.ts";
import { fields, harmless } from "../render/table.ts";

export const describeImageCommand: DefineCommand = (program, cli) => {
  program
    .command("describe-image")
    .description("show a machine image that was built, or how far its build is")
    .addOption(imageId())
    .action(
      cli.action<ImageOption>(async (context, { imageId: id }) => {
        const cloud = await cloudOfImage(context, id);
        await context.output.emit(await describeImage({ cloud, id }), textOf);
        return 0;
      }),
    );
};

function textOf(image: ImageView, paint: Paint): string {
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ["image", paint.bold(image.imageId)],
    ["status", paint.state(image.imageBuildStatus)],
    ["reason", image.failureReason && harmless(image.failureReason)],
    ["provider", image.provider],
    ["system", `${image.os} ${image.architecture}`],
    ["CustomAmi", image.ec2AmiInfo?.amiId],
    ["Slurm", image.slurmVersion],
    ["Sluice", image.version],
    ["created", image.creationTime],
  ];
  return fields(pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
