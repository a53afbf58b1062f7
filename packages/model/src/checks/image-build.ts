import { type Draft, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { CLOUD_OSES, LOCAL_OSES } from "../cluster-file/schema/image.ts";
import { type ImageBuildFile, imageBuildSchema } from "../cluster-file/schema/image-build.ts";
import { wrongAddress } from "./addresses.ts";
import { diskSize } from "./ebs.ts";
import { roleChoice } from "./iam.ts";
import { schemaProblem } from "./keys.ts";
import { keyWithoutEncryption } from "./kms.ts";
import { withoutEffect } from "./no-effect.ts";
import { foreignImageKeys } from "./provider.ts";
import { tagList } from "./tags.ts";
import { controlCharacters } from "./text.ts";

/** The file of an image build, as `DraftFile` is that of a cluster. */
export type DraftImageBuild = NonNullable<Draft<ImageBuildFile>>;

/** Image Builder takes 20 components in a recipe, and some of them are ours. */
const MAX_COMPONENTS = 15;

/** Everything that the checks between keys find in the file of an image build. */
export function checkImageBuild(file: DraftImageBuild): Problem[] {
  return [
    ...provided(file),
    ...rootVolume(file),
    ...components(file),
    ...buildNetwork(file),
    ...launchPermission(file),
    ...roleChoice(file.Build?.Iam ?? {}, ["Build", "Iam"]),
    ...tagList(file.Image?.Tags, ["Image", "Tags"]),
    ...tagList(file.Build?.Tags, ["Build", "Tags"]),
    ...controlCharacters(file),
  ];
}

type ImageProvider = "aws" | "local";

/** Undefined when the file names one that does not exist. */
function providerOf({ Provider }: DraftImageBuild): ImageProvider | undefined {
  return Provider === undefined ? "aws" : (Provider ?? undefined);
}

function* provided(file: DraftImageBuild): Generator<Problem> {
  const provider = providerOf(file);
  if (provider === undefined) return;
  yield* foreignImageKeys(file, provider);
  yield* withoutEffect(imageBuildSchema, file, [], provider);
  yield* parentImage(file, provider);
  if (provider === "aws" && file.Build !== undefined && file.Build?.InstanceType === undefined) {
    const message = "InstanceType is missing, and there is no default for it";
    const path = ["Build", "InstanceType"];
    yield schemaProblem(path, message, "write the machine type to build on", "missing");
  }
}

const OSES: readonly string[] = [...LOCAL_OSES, ...CLOUD_OSES];

function* parentImage(
  { Build, Image }: DraftImageBuild,
  provider: ImageProvider,
): Generator<Problem> {
  const parent = Build?.ParentImage;
  if (typeof parent !== "string") return;
  if (typeof Image?.Os === "string" && OSES.includes(parent) && Image.Os !== parent) {
    const message = `${showValue(Image.Os)} is another system than that of ParentImage, ${parent}`;
    yield schemaProblem(["Image", "Os"], message, "leave it out", "value");
  }
  const path = ["Build", "ParentImage"];
  const isOfEc2 = /^(ami-[0-9a-z]{8}|ami-[0-9a-z]{17}|arn:.*|ssm:.*)$/.test(parent);
  if (provider === "aws" && !isOfEc2 && !OSES.includes(parent)) {
    const message = `${showValue(parent)} is neither an operating system nor an image of AWS`;
    const suggestion = `write one of ${OSES.join(", ")}, or the id of an image such as "ami-0123456789abcdef0"`;
    yield schemaProblem(path, message, suggestion, "value");
  }
  const isForeign = isOfEc2 || (CLOUD_OSES as readonly string[]).includes(parent);
  if (provider === "local" && isForeign) {
    const message = `${showValue(parent)} is not an image of the local cloud`;
    const suggestion = `write ${LOCAL_OSES.join(" or ")}, or the id of an image that was built there`;
    yield schemaProblem(path, message, suggestion, "value");
  }
}

function* rootVolume(file: DraftImageBuild): Generator<Problem> {
  const volume = file.Image?.RootVolume;
  if (volume === undefined || volume === null) return;
  const path: Path = ["Image", "RootVolume"];
  yield* diskSize("gp3", volume.Size ?? undefined, [...path, "Size"]);
  if (volume.KmsKeyId === undefined || volume.Encrypted === null || volume.Encrypted) return;
  yield keyWithoutEncryption([...path, "KmsKeyId"]);
}

function* components(file: DraftImageBuild): Generator<Problem> {
  const path: Path = ["Build", "Components"];
  const all = file.Build?.Components ?? [];
  if (all.length > MAX_COMPONENTS) {
    const message = `there are ${all.length} components, and Image Builder has room for ${MAX_COMPONENTS} beside ours`;
    yield problem("ComponentsValidator", path, message, "put several scripts into one");
  }
  for (const { index, item } of entriesOf(all)) {
    const place = [...path, index, "Value"];
    if (typeof item.Value !== "string") continue;
    if (item.Type === "script") {
      const wrong = wrongScript(item.Value, place, providerOf(file) ?? "aws");
      if (wrong !== undefined) yield wrong;
    } else if (item.Type === "arn" && providerOf(file) === "local") {
      const message = "this is a component of Image Builder, which the local cloud has not";
      yield schemaProblem(place, message, "write what it does as a script", "value");
    } else if (item.Type === "arn" && !item.Value.startsWith("arn:")) {
      const message = "this is not the ARN of a component, and Type is arn";
      yield schemaProblem(place, message, "write its ARN, or Type: script", "value");
    }
  }
}

function* launchPermission({ DevSettings }: DraftImageBuild): Generator<Problem> {
  const text = DevSettings?.DistributionConfiguration?.LaunchPermission;
  if (typeof text !== "string" || isJsonObject(text)) return;
  const path = ["DevSettings", "DistributionConfiguration", "LaunchPermission"];
  const suggestion = 'write an object such as {"UserIds": ["123456789012"]}, in quotes';
  yield schemaProblem(path, "this is no JSON object", suggestion, "value");
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The local cloud has no credentials for S3, and reads files of the machine in front of you. */
function wrongScript(url: string, place: Path, provider: ImageProvider): Problem | undefined {
  if (provider === "aws") return wrongAddress(url, place, provider);
  if (/^file:\/\/\/./.test(url)) return undefined;
  if (!url.startsWith("s3:") && wrongAddress(url, place, provider) === undefined) return undefined;
  const message = `${showValue(url)} is no address that the local cloud can fetch`;
  const suggestion =
    'write an address such as "https://host/script.sh" or "file:///root/script.sh"';
  return problem("UrlValidator", place, message, suggestion);
}

/** The security group that EC2 takes by itself is one of another network than the subnet's. */
function* buildNetwork(file: DraftImageBuild): Generator<Problem> {
  const { SubnetId: subnet, SecurityGroupIds: groups } = file.Build ?? {};
  if (subnet === undefined || groups === null || (groups ?? []).length > 0) return;
  const message =
    "SubnetId says where the image is built, and no security group of that network is named";
  const suggestion = "write SecurityGroupIds";
  yield problem("SecurityGroupsAndSubnetValidator", ["Build", "SubnetId"], message, suggestion);
}
