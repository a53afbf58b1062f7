import type { Images } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { ObjectStore } from "../bucket.ts";
import type { DeployContext } from "../infrastructure/deploy/context.ts";
import { OBJECTS, TAGS } from "../names.ts";
import { buildImage } from "./build.ts";
import { buildLog } from "./build-log.ts";
import { type KnownImage, knownImage, knownImages, reasonOf, recordOf, statusOf } from "./known.ts";
import { removeImage } from "./remove.ts";

/** Images of a region, built by EC2 Image Builder: one stack for each while it is built. */
export function awsImages(context: DeployContext): Images {
  const { clients } = context;
  return {
    async build(request, options) {
      const { region } = await context.place();
      const wanted = request.config.Region;
      if (wanted !== undefined && wanted !== region) {
        const message = `the image file is for ${wanted}, and the region chosen is ${region}`;
        throw new SluiceError("AWS_WRONG_REGION", "user", message, {
          hint: `give --region ${wanted}`,
        });
      }
      return buildImage(context, request, options);
    },
    async list() {
      return (await knownImages(clients)).map((image) => recordOf(image));
    },
    async describe(id) {
      const image = await knownImage(clients, id);
      if (image === undefined) return undefined;
      const isFailed = statusOf(image) === "BUILD_FAILED";
      const [reason, configText] = await Promise.all([
        isFailed ? reasonOf(clients, image) : undefined,
        fileOf(context, image),
      ]);
      return recordOf(image, { reason, configText });
    },
    async remove(id, options) {
      const image = await knownImage(clients, id);
      if (image !== undefined) await removeImage(context, image, options);
    },
    async log(id, lines) {
      const image = await knownImage(clients, id);
      return image === undefined ? "" : buildLog(clients, image, lines);
    },
  };
}

async function fileOf(
  { clients }: DeployContext,
  { id, build, ami, stack }: KnownImage,
): Promise<string | undefined> {
  const bucket = (stack ?? ami)?.tags[TAGS.bucket];
  if (bucket === undefined) return undefined;
  const store = new ObjectStore(clients, bucket);
  return (await store.read(`${OBJECTS.image(id, build)}/image.yaml`))?.text;
}
