import type { ImageRecord, ImageStatus } from "@sluice/cloud";
import { imageLog } from "@sluice/lifecycle";
import { isSluiceError, operatingSystemsOf } from "@sluice/model";
import { checkedImageFile } from "../clusters/checked-file.ts";
import type { ServedCloud } from "../clusters/directory.ts";
import { regionFor, strictnessOf } from "./clusters.ts";
import { PARALLELCLUSTER_VERSION } from "./document.ts";
import { rangeOf } from "./logs.ts";
import { pageOf } from "./pages.ts";
import { type Answerer, type Asked, regionOf } from "./parts.ts";
import { badRequest, dryrunSucceeded, messagesOf, Refusal } from "./refusal.ts";
import { imageInfo } from "./words.ts";

/** The one stream that the build of an image has. */
const BUILD_LOG = `${PARALLELCLUSTER_VERSION}/1`;
const MOST_LINES = 10_000;
const ARCHITECTURES = ["x86_64", "arm64"];

const LISTED: Readonly<Record<string, readonly ImageStatus[]>> = {
  AVAILABLE: ["BUILD_COMPLETE"],
  PENDING: ["BUILD_IN_PROGRESS", "DELETE_IN_PROGRESS"],
  FAILED: ["BUILD_FAILED", "DELETE_FAILED"],
};

export const imageAnswerers = {
  ListImages: async (asked) => {
    const wanted = LISTED[asked.request.text("imageStatus") ?? ""] ?? [];
    const found = [];
    for (const place of await cloudsOf(asked)) {
      for (const image of (await place.cloud.images?.list()) ?? []) {
        if (wanted.includes(image.status)) found.push(imageInfo(image, place.region));
      }
    }
    const { items, next } = pageOf(found, asked.request.text("nextToken"));
    return { status: 200, body: { images: items, ...next } };
  },

  BuildImage: async (asked) => {
    const { parts, principal, request } = asked;
    const image = request.field("imageId");
    const text = request.field("imageConfiguration");
    if (text.trim() === "") throw badRequest("image configuration is required and cannot be empty");
    const { config, configText, warnings } = checkedImageFile(text, strictnessOf(request));
    const region = await regionFor(asked, config);
    const place = await parts.clusters.cloudFor({ provider: config.Provider, region });
    if (request.flag("dryrun") === true) throw dryrunSucceeded(messagesOf(warnings));
    const kind = "build-image";
    await parts.operations.start({ kind, image, place, config, configText }, principal);
    const summary = {
      imageId: image,
      region: place.region,
      version: PARALLELCLUSTER_VERSION,
      imageBuildStatus: "BUILD_IN_PROGRESS",
    };
    return { status: 202, body: { image: summary, ...messagesOf(warnings) } };
  },

  DescribeImage: async (asked) => {
    const { image, region } = await imageOf(asked);
    const { id, configText, reference, arch, os, statusReason, status } = image;
    const url =
      configText === undefined
        ? "NOT_AVAILABLE"
        : asked.links.linkTo(imageConfigurationPath(region, id));
    const info = imageInfo(image, region);
    return {
      status: 200,
      body: {
        ...info,
        creationTime: image.createdAt.toISOString(),
        imageConfiguration: { url },
        ...(reference === undefined
          ? {}
          : {
              ec2AmiInfo: {
                amiId: reference,
                amiName: id,
                architecture: arch,
                state: "AVAILABLE",
                description: `${os} with Slurm ${image.slurmVersion ?? ""}`.trim(),
              },
            }),
        ...(statusReason === undefined
          ? {}
          : {
              imagebuilderImageStatus: status === "BUILD_FAILED" ? "FAILED" : "AVAILABLE",
              imagebuilderImageStatusReason: statusReason,
            }),
      },
    };
  },

  DeleteImage: async (asked) => {
    const { parts, principal, request } = asked;
    const { image, region, place } = await imageOf(asked);
    const force = request.flag("force") === true;
    const kind = "delete-image";
    await parts.operations.start({ kind, image: image.id, place, force }, principal);
    const info = { ...imageInfo(image, region), imageBuildStatus: "DELETE_IN_PROGRESS" };
    return { status: 202, body: { image: info } };
  },

  ListImageLogStreams: async (asked) => {
    const { image } = await imageOf(asked);
    const time = image.createdAt.toISOString();
    const stream = {
      logStreamName: BUILD_LOG,
      creationTime: time,
      firstEventTimestamp: time,
      lastEventTimestamp: time,
      lastIngestionTime: time,
      uploadSequenceToken: "",
      logStreamArn: `sluice:image/${image.id}/${BUILD_LOG}`,
    };
    return { status: 200, body: { logStreams: [stream] } };
  },

  GetImageLogEvents: async (asked) => {
    const { image, place } = await imageOf(asked);
    const { request } = asked;
    const stream = request.text("logStreamName");
    if (stream !== BUILD_LOG) throw new Refusal(404, `there is no log stream '${stream}'`);
    const { limit = MOST_LINES } = rangeOf(request);
    const text = await imageLog({ cloud: place.cloud, id: image.id, lines: MOST_LINES });
    const lines = text.split("\n").filter((line) => line !== "");
    const isFromHead = request.flag("startFromHead") === true;
    // When a line was written nobody keeps.
    const timestamp = image.createdAt.toISOString();
    const shown = isFromHead ? lines.slice(0, limit) : lines.slice(-limit);
    return { status: 200, body: { events: shown.map((message) => ({ timestamp, message })) } };
  },

  GetImageStackEvents: async (asked) => {
    const { image } = await imageOf(asked);
    throw badRequest(`image ${image.id} was built without a stack: it has no events`);
  },

  ListOfficialImages: async (asked) => {
    const { request } = asked;
    const os = request.text("os");
    const architecture = request.text("architecture");
    const providers = new Set((await cloudsOf(asked)).map(({ provider }) => provider));
    const images = [...providers]
      .flatMap((provider) => operatingSystemsOf(provider) ?? [])
      .flatMap((system) => ARCHITECTURES.map((arch) => ({ os: system, architecture: arch })))
      .filter((one) => os === undefined || one.os === os)
      .filter((one) => architecture === undefined || one.architecture === architecture)
      .map((one) => ({
        ...one,
        // What a cluster file writes as Image.Os: there are no machine images to name.
        amiId: one.os,
        name: `${one.os}-${one.architecture}`,
        version: PARALLELCLUSTER_VERSION,
      }));
    const unique = [...new Map(images.map((image) => [image.name, image])).values()];
    return { status: 200, body: { images: unique } };
  },
} satisfies Record<string, Answerer>;

export function imageConfigurationPath(region: string, id: string): string {
  return `/v3/images/configuration/${encodeURIComponent(region)}/${encodeURIComponent(id)}`;
}

async function cloudsOf(asked: Asked): Promise<readonly ServedCloud[]> {
  const region = await regionOf(asked);
  const clouds = await asked.parts.clusters.clouds();
  return region === undefined ? clouds : clouds.filter((one) => one.region === region);
}

async function imageOf(asked: Asked): Promise<{
  readonly image: ImageRecord;
  readonly region: string;
  readonly place: ServedCloud;
}> {
  const id = asked.request.text("imageId") ?? "";
  for (const place of await cloudsOf(asked)) {
    const image = await place.cloud.images?.describe(id).catch(notThere);
    if (image !== undefined) return { image, region: place.region, place };
  }
  throw new Refusal(404, `No image or stack associated with ParallelCluster image id: ${id}.`);
}

/** A cloud that takes no such id has no such image. */
function notThere(error: unknown): undefined {
  if (isSluiceError(error) && error.source === "user") return undefined;
  throw error;
}
