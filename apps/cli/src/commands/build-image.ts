import { buildImage } from "@sluice/lifecycle";
import { findingsError, parseImageBuildFile } from "@sluice/model";
import { readClusterFile, showFindings } from "../cluster-file.ts";
import {
  addStrictness,
  type DefineCommand,
  type ImageOption,
  imageId,
  RequiredOption,
  type StrictnessOptions,
  type Switch,
  strictnessOf,
  switchOption,
} from "../command.ts";
import { placeOf } from "../place.ts";

interface Options extends ImageOption, StrictnessOptions {
  readonly imageConfiguration: string;
  readonly dryrun?: Switch;
}

export const buildImageCommand: DefineCommand = (program, cli) => {
  const command = program
    .command("build-image")
    .description("build a machine image with all that nodes need, and wait until it is there")
    .addOption(imageId())
    .addOption(new RequiredOption("-c, --image-configuration <file>", "the image file"))
    .option("--dryrun [true|false]", "only check the file");
  addStrictness(command).action(
    cli.action<Options>(async (context, options) => {
      const { imageId: id, imageConfiguration: path } = options;
      const dryrun = switchOption("--dryrun", options.dryrun);
      const configText = await readClusterFile(context, path, "image file");
      const parsed = parseImageBuildFile(configText, { fileName: path, ...strictnessOf(options) });
      if (!parsed.ok) throw findingsError(parsed.findings);
      const { config, warnings: validationMessages } = parsed;
      if (context.output.format === "text") showFindings(context, validationMessages);
      if (dryrun) {
        const answer = { message: `${path} can be built`, validationMessages };
        await context.output.emit(answer, ({ message }) => `${message}\n`);
        return 0;
      }
      const { provider, place } = placeOf(context, config);
      const cloud = await context.openCloud(provider, place);
      const { onProgress } = context.showProgress(
        "interrupted: calling the build off; press Ctrl-C again to leave it as it is",
      );
      const { host, signal } = context;
      const request = { cloud, id, config, configText, clock: host.clock, onProgress, signal };
      const image = await buildImage(request);
      await context.output.emit({ image, validationMessages }, (_, paint) => {
        const ami = image.ec2AmiInfo?.amiId;
        const use = ami === undefined ? `Local: {Image: ${id}}` : `Image: {CustomAmi: ${ami}}`;
        return `${id} is ${paint.state(image.imageBuildStatus)}\n  use it with ${use}\n`;
      });
      return 0;
    }),
  );
};
