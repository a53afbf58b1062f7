import { type Draft, entriesOf } from "../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { type ImageBuildFile, imageBuildSchema } from "../cluster-file/schema/image-build.ts";
import { wrongAddress } from "./addresses.ts";
import { diskSize } from "./ebs.ts";
import { roleChoice } from "./iam.ts";
import { schemaProblem } from "./keys.ts";
import { keyWithoutEncryption } from "./kms.ts";
import { withoutEffect } from "./no-effect.ts";
import { tagList } from "./tags.ts";
import { controlCharacters } from "./text.ts";

/** The file of an image build, as `DraftFile` is that of a cluster. */
export type DraftImageBuild = NonNullable<Draft<ImageBuildFile>>;

/** Image Builder takes 20 components in a recipe, and five of them are ours. */
const MAX_COMPONENTS = 15;

/** Everything that the checks between keys find in the file of an image build. */
export function checkImageBuild(file: DraftImageBuild): Problem[] {
  return [
    ...rootVolume(file),
    ...components(file),
    ...buildNetwork(file),
    ...roleChoice(file.Build?.Iam ?? {}, ["Build", "Iam"]),
    ...tagList(file.Image?.Tags, ["Image", "Tags"]),
    ...tagList(file.Build?.Tags, ["Build", "Tags"]),
    ...withoutEffect(imageBuildSchema, file, [], "aws"),
    ...controlCharacters(file),
  ];
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
      const wrong = wrongAddress(item.Value, place, "aws");
      if (wrong !== undefined) yield wrong;
    } else if (item.Type === "arn" && !item.Value.startsWith("arn:")) {
      const message = "this is not the ARN of a component, and Type is arn";
      yield schemaProblem(place, message, "write its ARN, or Type: script", "value");
    }
  }
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
