import type { AccountFacts, Answers } from "../../account/contract.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import { showValue } from "../../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../../cluster-file/problem.ts";
import { type Address, addressesOf, bucketOf, objectOf, repositoriesOf } from "../addresses.ts";
import type { OnlineCheck } from "../check.ts";
import { providerOf } from "../provider.ts";
import { storageOf } from "../storage-entries.ts";
import { checkOf, factsOf, isAbsent, type NamedThing, regionOf, subnetQuestions } from "./facts.ts";
import { missing } from "./rights.ts";

/** As the account is asked about it; undefined for what is no address, which needs no account. */
function questionOf({
  url,
}: Address): { readonly kind: "object" | "url"; readonly id: string } | undefined {
  if (objectOf(url) !== undefined) return { kind: "object", id: url };
  return /^https:\/\//i.test(url) ? { kind: "url", id: url } : undefined;
}

function unreachable(address: Address, known: Answers): string | undefined {
  const question = questionOf(address);
  if (question === undefined) return undefined;
  const { kind, id } = question;
  if (isAbsent(known, kind, id)) {
    return kind === "object"
      ? "there is no such object, or it may not be read"
      : "nobody answers there";
  }
  const status = kind === "url" ? factsOf(known, "url", id)?.status : undefined;
  return status !== undefined && status >= 400 ? `the server answers ${status}` : undefined;
}

/** Files that machines fetch are there. */
export function fetchedFiles<F>(addresses: (file: F) => Iterable<Address>): OnlineCheck<F> {
  return {
    ids: ["UrlValidator"],
    *questions(file) {
      for (const address of addresses(file)) {
        const question = questionOf(address);
        if (question !== undefined) yield question;
      }
    },
    *check(file, known) {
      for (const address of addresses(file)) {
        const why = unreachable(address, known);
        if (why === undefined) continue;
        const message = `${showValue(address.url)} can't be fetched: ${why}`;
        yield problem("UrlValidator", address.path, message, "write an address that can be read", {
          level: address.level,
        });
      }
    },
  };
}

function* addressesOnAws(file: DraftFile): Generator<Address> {
  if (providerOf(file) === "aws") yield* addressesOf(file);
}

function* bucketsOf(file: DraftFile): Generator<NamedThing> {
  for (const { url, path } of repositoriesOf(file)) {
    const id = bucketOf(url);
    if (id !== undefined) yield { id, path };
  }
}

/** Buckets whose changes come to a file system by themselves. */
function* importedBucketsOf(file: DraftFile): Generator<NamedThing> {
  const imported = new Set<string>();
  for (const { storage, path } of storageOf(file, "FsxLustre")) {
    const settings = storage.FsxLustreSettings;
    const section: Path = [...path, "FsxLustreSettings"];
    if (settings?.AutoImportPolicy !== undefined) imported.add([...section, "ImportPath"].join());
    for (const [index, item] of (settings?.DataRepositoryAssociations ?? []).entries()) {
      if ((item?.AutoImportPolicy ?? []).length === 0) continue;
      const place = [...section, "DataRepositoryAssociations", index, "DataRepositoryPath"];
      imported.add(place.join());
    }
  }
  for (const bucket of bucketsOf(file)) if (imported.has(bucket.path.join())) yield bucket;
}

function* ownBucketOf(file: DraftFile): Generator<NamedThing> {
  const id = file.CustomS3Bucket;
  if (typeof id === "string" && providerOf(file) === "aws") yield { id, path: ["CustomS3Bucket"] };
}

/** Undefined when the region is not known, or the bucket's. */
export function elsewhere(
  id: string,
  bucket: NamedThing,
  facts: { readonly region: string },
  region: string | undefined,
): Problem | undefined {
  if (region === undefined || region === facts.region) return undefined;
  const message = `the bucket is in ${facts.region}, and what uses it in ${region}`;
  return problem(id, bucket.path, message, `write a bucket in ${region}`);
}

const OWN = "S3BucketValidator";

/** Of the bucket that is used instead of one that Sluice makes. */
export function* ownBucket(
  thing: NamedThing,
  facts: AccountFacts["bucket"] | "absent",
): Generator<Problem> {
  if (facts === "absent") yield missing(OWN, thing, "bucket");
  else if (!facts.versioned) {
    const message = "the bucket keeps no versions, so what was deployed before would be lost";
    yield problem(OWN, thing.path, message, "enable versioning of the bucket");
  }
}

export const ADDRESS_CHECKS: readonly OnlineCheck[] = [
  fetchedFiles(addressesOnAws),
  checkOf(["S3BucketUriValidator"], "bucket", bucketsOf, function* (bucket, facts) {
    if (facts === "absent") yield missing("S3BucketUriValidator", bucket, "bucket");
  }),
  checkOf(
    ["FsxAutoImportValidator"],
    "bucket",
    importedBucketsOf,
    function* (bucket, facts, file, known) {
      if (facts === "absent") return;
      const wrong = elsewhere("FsxAutoImportValidator", bucket, facts, regionOf(file, known));
      if (wrong !== undefined) yield wrong;
    },
    subnetQuestions,
  ),
  checkOf([OWN], "bucket", ownBucketOf, ownBucket),
  checkOf(
    ["S3BucketRegionValidator"],
    "bucket",
    ownBucketOf,
    function* (bucket, facts, file, known) {
      if (facts === "absent") return;
      const wrong = elsewhere("S3BucketRegionValidator", bucket, facts, regionOf(file, known));
      if (wrong !== undefined) yield wrong;
    },
    subnetQuestions,
  ),
];
