import { imageSlurm, renderImageScript } from "@sluice/boot";
import type { ApplyOptions, BuildImageRequest, ImageRecord } from "@sluice/cloud";
import { type ImageBuildConfig, SluiceError } from "@sluice/model";
import { ensureBucket, ObjectStore } from "../bucket.ts";
import { guestProgram } from "../guest/program.ts";
import { type Say, sayer } from "../infrastructure/deploy/apply.ts";
import {
  executeChangeSet,
  prepareChangeSet,
  withdraw,
} from "../infrastructure/deploy/change-set.ts";
import type { DeployContext } from "../infrastructure/deploy/context.ts";
import { isAbsent } from "../infrastructure/deploy/stack.ts";
import { uploadTemplates } from "../infrastructure/deploy/template.ts";
import { bucketName, imageStackName, OBJECTS, TAGS } from "../names.ts";
import { VERSION } from "../version.ts";
import { tagAmi } from "./amis.ts";
import { buildLog } from "./build-log.ts";
import { deleteBuildStack, followBuild } from "./build-stack.ts";
import { FETCH_COMMAND, imageComponents } from "./documents.ts";
import { ARCHITECTURE, knownImage, knownImages, reasonOf, recordOf, statusOf } from "./known.ts";
import { type ParentImage, parentImage } from "./parent.ts";
import { removeImage } from "./remove.ts";

/** A build, before there is anything of it. */
interface NewBuild extends BuildImageRequest {
  readonly build: string;
  readonly bucket: string;
  readonly parent: ParentImage;
}

/** See `Images.build`. */
export async function buildImage(
  context: DeployContext,
  request: BuildImageRequest,
  options: ApplyOptions,
): Promise<ImageRecord> {
  const { clients } = context;
  const { id, config } = request;
  const say = sayer(context, options);
  const former = await knownImage(clients, id);
  if (former !== undefined && statusOf(former) !== "BUILD_FAILED") {
    throw new SluiceError("IMAGE_EXISTS", "user", `there is an image ${id} already`, {
      hint: `choose another id, or remove it with: sluice delete-image -i ${id}`,
    });
  }
  const place = await context.place();
  const parent = await parentImage(clients, config);
  if (former !== undefined) {
    say("image", "info", "what is left of a build that failed is removed");
    await removeImage(context, former, { ...options, force: true });
  }
  const bucket = config.CustomS3Bucket ?? bucketName(place.account, place.region);
  if (config.CustomS3Bucket === undefined) await ensureBucket(clients, { bucket, ...place });
  const begun = { ...request, build: context.unique(), bucket, parent };
  let arn: string | undefined;
  try {
    arn = await begin(context, begun, say, options.signal);
    return await finish(context, begun, arn, options, say);
  } catch (error) {
    if (options.signal.aborted || arn === undefined) {
      say("image", "info", "the build is called off");
      await callOff(context, begun).catch((left: unknown) => {
        say("image", "failed", left instanceof Error ? left.message : String(left));
      });
    }
    throw error;
  }
}

/** @returns the ARN of the stack that builds. */
async function begin(
  context: DeployContext,
  request: NewBuild,
  say: Say,
  signal: AbortSignal,
): Promise<string> {
  const { clients } = context;
  const { id, build, bucket, config, configText, parent } = request;
  const { region } = await context.place();
  say("image", "started", `${id}, ${parent.os} for ${parent.arch} out of ${parent.image}`);
  const tags = tagsOf(request);
  const script = renderImageScript({
    id,
    os: parent.os,
    sluiceVersion: VERSION,
    builtAt: context.clock.now().toISOString(),
    config,
    fetchUrlCommand: FETCH_COMMAND,
  });
  const fetch = guestProgram({ region, bucket, prefix: "", cluster: "", stack: "", resource: "" });
  // The CDK takes half a second to load, which no other command should wait for.
  const { imageTemplate } = await import("./stack.ts");
  const template = imageTemplate({
    id,
    build,
    region,
    config,
    parent,
    components: imageComponents({ config, script, fetch }),
    tags: { ...userTags(config.Image?.Tags), ...tags },
  });
  const store = new ObjectStore(clients, bucket);
  const prefix = OBJECTS.image(id, build);
  await store.write(`${prefix}/image.yaml`, configText);
  const templateUrl = await uploadTemplates(store, prefix, region, { template, nested: {} });
  const changeSet = await prepareChangeSet(
    context,
    {
      stack: imageStackName(id),
      type: "CREATE",
      templateUrl,
      parameters: {},
      tags: { ...userTags(config.Build.Tags), ...tags, [ARCHITECTURE]: parent.arch },
    },
    signal,
  );
  if (changeSet === undefined) {
    throw new SluiceError("STACK_FAILED", "cloud", "CloudFormation finds nothing to make");
  }
  try {
    signal.throwIfAborted();
    await executeChangeSet(context, changeSet);
  } catch (error) {
    await withdraw(context, changeSet.stackId);
    throw error;
  }
  return changeSet.stackId;
}

async function finish(
  context: DeployContext,
  { id, build, configText, parent }: NewBuild,
  arn: string,
  options: ApplyOptions,
  say: Say,
): Promise<ImageRecord> {
  const { clients } = context;
  const { stack } = await followBuild(context, arn, { since: new Date(0), ...options });
  if (stack?.status !== "CREATE_COMPLETE") {
    const why = (await reasonOf(clients, { id, build, stack })) ?? "Image Builder gave no reason";
    throw new SluiceError("IMAGE_BUILD_FAILED", "cloud", `building ${id} failed: ${why}`, {
      hint: `see all it said with: sluice get-image-log-events -i ${id}`,
    });
  }
  const image = (await knownImages(clients)).find((one) => one.build === build);
  const slurm = imageSlurm(await buildLog(clients, { id, build })) ?? parent.slurmVersion;
  if (image?.ami !== undefined && slurm !== undefined) {
    await tagAmi(clients, image.ami.ami, { [TAGS.slurmVersion]: slurm });
  }
  // From here on the image is there, whoever goes on waiting.
  say("image", "info", "what built it is removed");
  const { stack: left } = await deleteBuildStack(context, arn, { onProgress: () => {} });
  if (left !== undefined && left.status !== "DELETE_COMPLETE") {
    say("image", "failed", `the stack of the build of ${id} is still there: ${left.status}`);
  }
  say("image", "done", id);
  const made = await knownImage(clients, id);
  if (made === undefined) {
    throw new SluiceError("IMAGE_BUILD_FAILED", "cloud", `the image ${id} can't be found`);
  }
  return recordOf(made, { configText });
}

async function callOff(context: DeployContext, { id, build, bucket }: NewBuild): Promise<void> {
  const images = await knownImages(context.clients);
  const image = images.find((one) => one.build === build);
  const stay = { onProgress: () => {}, signal: new AbortController().signal, force: true };
  if (image !== undefined) await removeImage(context, image, stay);
  else {
    // A change set that nobody will execute is a stack as well.
    await withdraw(context, imageStackName(id)).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
    const store = new ObjectStore(context.clients, bucket);
    await store.removeAll(`${OBJECTS.image(id, build)}/`);
  }
}

/** By which the build, and later the image, are found again. */
function tagsOf({ id, build, bucket, parent }: NewBuild): Readonly<Record<string, string>> {
  return {
    [TAGS.imageId]: id,
    [TAGS.imageBuild]: build,
    [TAGS.bucket]: bucket,
    [TAGS.os]: parent.os,
    [TAGS.version]: VERSION,
  };
}

function userTags(tags: NonNullable<ImageBuildConfig["Image"]>["Tags"]): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));
}
