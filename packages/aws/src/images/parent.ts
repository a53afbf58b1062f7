import type { Image } from "@aws-sdk/client-ec2";
import { type ImageBuildConfig, type Os, operatingSystemsOf, SluiceError } from "@sluice/model";
import { isNamed } from "../bucket.ts";
import type { Architecture } from "../bundle.ts";
import type { Clients } from "../clients.ts";
import { officialImage } from "../infrastructure/deploy/images.ts";
import { TAGS } from "../names.ts";
import { ec2, ssm } from "../sdk.ts";

/** What an image begins as. */
export interface ParentImage {
  /** An id of EC2, or an ARN of Image Builder. */
  readonly image: string;
  readonly os: Os;
  readonly arch: Architecture;
  readonly root: { readonly device: string; readonly sizeGiB: number };
  /** Of a parent that has one. */
  readonly slurmVersion: string | undefined;
}

/** Images of AWS's own Image Builder are not looked into; this fits those of Linux that it has. */
const USUAL_SIZE = 8;

/**
 * The parent that the file names, as it is today.
 *
 * @throws SluiceError `IMAGE_NOT_FOUND`, `IMAGE_UNKNOWN_OS`, `OFFICIAL_IMAGE_MISSING`
 */
export async function parentImage(
  clients: Clients,
  config: ImageBuildConfig,
): Promise<ParentImage> {
  const named = config.Build.ParentImage;
  const arch = await architectureOf(clients, config.Build.InstanceType ?? "");
  const given = config.Image?.Os;
  if (named.startsWith("arn:")) {
    if (given === undefined) throw unknownOs(named);
    const device = /^(debian|alinux)/.test(given) ? "/dev/xvda" : "/dev/sda1";
    const root = { device, sizeGiB: USUAL_SIZE };
    return { image: named, os: given, arch, root, slurmVersion: undefined };
  }
  const official = isOs(named) ? named : undefined;
  const id =
    official !== undefined
      ? await officialImage(clients, official, arch)
      : named.startsWith("ssm:")
        ? await parameter(clients, named.slice("ssm:".length))
        : named;
  const image = await describe(clients, id);
  const tags = Object.fromEntries((image.Tags ?? []).map(({ Key = "", Value }) => [Key, Value]));
  const said = tags[TAGS.os];
  const os = official ?? given ?? (said !== undefined && isOs(said) ? said : undefined);
  if (os === undefined) throw unknownOs(named);
  if (image.Architecture !== arch) {
    const message = `${named} is an image for ${image.Architecture}, and ${config.Build.InstanceType} has processors of ${arch}`;
    throw new SluiceError("IMAGE_UNUSABLE", "user", message, {
      hint: "write another Build.InstanceType in the image file",
    });
  }
  const device = image.RootDeviceName ?? "/dev/xvda";
  const disk = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === device)?.Ebs;
  const root = { device, sizeGiB: disk?.VolumeSize ?? USUAL_SIZE };
  return { image: id, os, arch, root, slurmVersion: tags[TAGS.slurmVersion] };
}

function isOs(name: string): name is Os {
  return operatingSystemsOf("aws")?.includes(name) === true;
}

async function architectureOf(clients: Clients, type: string): Promise<Architecture> {
  const { sdk, client } = await ec2(clients);
  const { InstanceTypes = [] } = await client.send(
    new sdk.DescribeInstanceTypesCommand({ InstanceTypes: [type as never] }),
  );
  const all = InstanceTypes[0]?.ProcessorInfo?.SupportedArchitectures ?? [];
  return all.includes("arm64") ? "arm64" : "x86_64";
}

async function parameter(clients: Clients, Name: string): Promise<string> {
  const { sdk, client } = await ssm(clients);
  try {
    const { Parameter } = await client.send(new sdk.GetParameterCommand({ Name }));
    return Parameter?.Value ?? "";
  } catch (error) {
    if (isNamed(error, "ParameterNotFound")) throw notFound(`ssm:${Name}`);
    throw error;
  }
}

async function describe(clients: Clients, id: string): Promise<Image> {
  const { sdk, client } = await ec2(clients);
  try {
    const { Images = [] } = await client.send(new sdk.DescribeImagesCommand({ ImageIds: [id] }));
    if (Images[0] !== undefined) return Images[0];
  } catch (error) {
    if (!isNamed(error, "InvalidAMIID.NotFound", "InvalidAMIID.Malformed")) throw error;
  }
  throw notFound(id);
}

function notFound(what: string): SluiceError {
  return new SluiceError("IMAGE_NOT_FOUND", "user", `there is no image ${what} in this region`, {
    hint: "correct Build.ParentImage in the image file",
  });
}

function unknownOs(named: string): SluiceError {
  const message = `nothing says which operating system ${named} has`;
  return new SluiceError("IMAGE_UNKNOWN_OS", "user", message, {
    hint: "write it as Image.Os in the image file",
  });
}
