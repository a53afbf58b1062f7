import { entriesOf } from "../../cluster-file/draft.ts";
import { type Path, problem } from "../../cluster-file/problem.ts";
import type { Address } from "../addresses.ts";
import type { OnlineCheck } from "../check.ts";
import type { DraftImageBuild } from "../image-build.ts";
import { elsewhere, fetchedFiles, ownBucket } from "./addresses.ts";
import { checkOf, type NamedThing } from "./facts.ts";
import {
  additionalPolicy,
  boundary,
  encryptionKey,
  missing,
  profile,
  type Role,
  role,
} from "./rights.ts";

type ImageCheck = OnlineCheck<DraftImageBuild>;

const IAM: Path = ["Build", "Iam"];

function* named(id: unknown, path: Path): Generator<NamedThing> {
  if (typeof id === "string") yield { id, path };
}

function* rolesOf({ Build }: DraftImageBuild): Generator<Role> {
  const { InstanceRole, CleanupLambdaRole } = Build?.Iam ?? {};
  for (const thing of named(InstanceRole, [...IAM, "InstanceRole"])) {
    yield { ...thing, isOfMachines: true };
  }
  for (const thing of named(CleanupLambdaRole, [...IAM, "CleanupLambdaRole"])) {
    yield { ...thing, isOfMachines: false };
  }
}

function* policiesOf({ Build }: DraftImageBuild): Generator<NamedThing> {
  for (const { index, item } of entriesOf(Build?.Iam?.AdditionalIamPolicies)) {
    yield* named(item.Policy, [...IAM, "AdditionalIamPolicies", index, "Policy"]);
  }
}

function* scriptsOf({ Build }: DraftImageBuild): Generator<Address> {
  for (const { index, item } of entriesOf(Build?.Components)) {
    if (item.Type !== "script" || typeof item.Value !== "string") continue;
    yield { url: item.Value, path: ["Build", "Components", index, "Value"], level: "WARNING" };
  }
}

/** An image by its id; which one an ARN of Image Builder means is known only when it is built. */
function* parentOf({ Build }: DraftImageBuild): Generator<NamedThing> {
  const id = Build?.ParentImage;
  if (typeof id === "string" && id.startsWith("ami-")) yield { id, path: ["Build", "ParentImage"] };
}

const SIZE = "AMIVolumeSizeValidator";

/** Everything about an image build that an account knows. */
export const ONLINE_IMAGE_CHECKS: readonly ImageCheck[] = [
  checkOf([SIZE], "image", parentOf, function* (parent, facts, file) {
    const size = file.Image?.RootVolume?.Size;
    if (facts === "absent") {
      yield missing(SIZE, parent, "image");
    } else if (typeof size === "number" && size < (facts.rootVolumeGiB ?? 0)) {
      const message = `the parent image has a disk of ${facts.rootVolumeGiB} GiB, which does not fit into ${size}`;
      const suggestion = `write at least ${facts.rootVolumeGiB}`;
      yield problem(SIZE, ["Image", "RootVolume", "Size"], message, suggestion);
    }
  }),
  checkOf(
    ["KmsKeyValidator"],
    "kmsKey",
    ({ Image }: DraftImageBuild) =>
      named(Image?.RootVolume?.KmsKeyId, ["Image", "RootVolume", "KmsKeyId"]),
    encryptionKey,
  ),
  checkOf(["RoleValidator"], "role", rolesOf, role),
  checkOf(
    ["InstanceProfileValidator"],
    "instanceProfile",
    ({ Build }: DraftImageBuild) => named(Build?.Iam?.InstanceProfile, [...IAM, "InstanceProfile"]),
    profile,
  ),
  checkOf(
    ["IamPolicyValidator"],
    "policy",
    ({ Build }: DraftImageBuild) =>
      named(Build?.Iam?.PermissionsBoundary, [...IAM, "PermissionsBoundary"]),
    boundary,
  ),
  checkOf(["AdditionalIamPolicyValidator"], "policy", policiesOf, additionalPolicy),
  fetchedFiles(scriptsOf),
  checkOf(
    ["S3BucketValidator"],
    "bucket",
    (file: DraftImageBuild) => named(file.CustomS3Bucket, ["CustomS3Bucket"]),
    ownBucket,
  ),
  checkOf(
    ["S3BucketRegionValidator"],
    "bucket",
    (file: DraftImageBuild) => named(file.CustomS3Bucket, ["CustomS3Bucket"]),
    function* (bucket, facts, file) {
      if (facts === "absent") return;
      const wrong = elsewhere("S3BucketRegionValidator", bucket, facts, file.Region ?? undefined);
      if (wrong !== undefined) yield wrong;
    },
  ),
];
