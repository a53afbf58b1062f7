import { Readable } from "node:stream";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import type { Statement } from "../../policy.ts";
import { Region } from "../../region.ts";

let region: Region;
let s3: S3Client;
const Bucket = "cluster-files";

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const { name, endpoint, credentials } = region;
  s3 = new S3Client({ region: name, endpoint, credentials, maxAttempts: 1 });
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    }),
  );
});

afterEach(async () => {
  s3.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

function put(Key: string, Body: string, more: object = {}) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
}

async function text(Key: string, more: object = {}): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Body?.transformToString();
}

describe("objects", () => {
  test("come back as they went, with what is said of them", async () => {
    const Key = "clusters/demo-1/files/größe 1+2=3 & <x>.yaml";
    const { ETag } = await put(Key, "Häuser\n", {
      ContentType: "text/yaml",
      Metadata: { by: "ada" },
    });
    expect(await text(Key)).toBe("Häuser\n");
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ETag,
      ContentLength: 8,
      ContentType: "text/yaml",
      Metadata: { by: "ada" },
    });
  });

  test("may be streams, sent in chunks with a sum at their end", async () => {
    const content = "chunk ".repeat(50_000);
    const Body = Readable.from([content.slice(0, 1234), content.slice(1234)]);
    await s3.send(
      new PutObjectCommand({ Bucket, Key: "bundle", Body, ContentLength: content.length }),
    );
    expect(await text("bundle")).toBe(content);
  });

  test("may be had in parts", async () => {
    await put("a", "0123456789");
    const part = await s3.send(new GetObjectCommand({ Bucket, Key: "a", Range: "bytes=2-4" }));
    expect(part).toMatchObject({
      ContentRange: "bytes 2-4/10",
      $metadata: { httpStatusCode: 206 },
    });
    expect(await part.Body?.transformToString()).toBe("234");
    expect(await text("a", { Range: "bytes=-3" })).toBe("789");
    await expect(text("a", { Range: "bytes=20-" })).rejects.toThrow(/not satisfiable/);
  });

  test("are written on conditions", async () => {
    const { ETag } = await put("index", "1", { IfNoneMatch: "*" });
    await expect(put("index", "2", { IfNoneMatch: "*" })).rejects.toMatchObject({
      name: "PreconditionFailed",
      $metadata: { httpStatusCode: 412 },
    });
    await put("index", "2", { IfMatch: ETag });
    await expect(put("index", "3", { IfMatch: ETag })).rejects.toThrow(/pre-condition/);
    await expect(put("none", "3", { IfMatch: ETag })).rejects.toMatchObject({ name: "NoSuchKey" });
    expect(await text("index")).toBe("2");
  });

  test("that are not there", async () => {
    await expect(text("none")).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: "none" }))).rejects.toMatchObject({
      name: "NotFound",
    });
  });

  test("are listed in pages and by folders", async () => {
    for (const key of ["a/1", "a/2", "b/1", "c"]) await put(key, key);
    const pages = [];
    const config = { client: s3, pageSize: 3 };
    for await (const page of paginateListObjectsV2(config, { Bucket })) {
      pages.push(page.Contents?.map(({ Key, Size }) => [Key, Size]));
    }
    expect(pages).toEqual([
      [
        ["a/1", 3],
        ["a/2", 3],
        ["b/1", 3],
      ],
      [["c", 1]],
    ]);
    const folders = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
    expect(folders.CommonPrefixes).toEqual([{ Prefix: "a/" }, { Prefix: "b/" }]);
    expect(folders.Contents).toMatchObject([{ Key: "c" }]);
    const below = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "a/" }));
    expect(below.KeyCount).toBe(2);
  });

  test("keep their versions where the bucket does", async () => {
    await s3.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
    const first = await put("file", "1");
    await put("file", "2");
    const { DeleteMarker } = await s3.send(new DeleteObjectCommand({ Bucket, Key: "file" }));
    expect(DeleteMarker).toBe(true);
    await expect(text("file")).rejects.toMatchObject({ name: "NoSuchKey" });
    expect(await text("file", { VersionId: first.VersionId })).toBe("1");
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    expect([Versions.length, DeleteMarkers.length]).toEqual([2, 1]);
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: "BucketNotEmpty",
    });
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({
      Key: Key ?? "",
      VersionId,
    }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: "NotFound",
    });
  });
});

describe("buckets", () => {
  test("keep how they were set up", async () => {
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const } };
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: { Rules: [rule] },
      }),
    );
    const Policy = '{"Version":"2012-10-17","Statement":[]}';
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const TagSet = [{ Key: "sluice:version", Value: "<1&2>" }];
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect(await s3.send(new GetBucketEncryptionCommand({ Bucket }))).toMatchObject({
      ServerSideEncryptionConfiguration: { Rules: [rule] },
    });
    expect(await s3.send(new GetBucketPolicyCommand({ Bucket }))).toMatchObject({ Policy });
    expect(await s3.send(new GetBucketTaggingCommand({ Bucket }))).toMatchObject({ TagSet });
  });

  test("are there once", async () => {
    const CreateBucketConfiguration = { LocationConstraint: "eu-central-1" as const };
    await expect(
      s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration })),
    ).rejects.toMatchObject({ name: "BucketAlreadyOwnedByYou" });
  });

  test("of other regions say where they are", async () => {
    region.buckets.create("data", "eu-west-1").versioning = "Enabled";
    await expect(s3.send(new HeadBucketCommand({ Bucket: "data" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
    });
    const { name, endpoint, credentials } = region;
    const following = new S3Client({
      region: name,
      endpoint,
      credentials,
      forcePathStyle: true,
      followRegionRedirects: true,
    });
    expect(await following.send(new GetBucketVersioningCommand({ Bucket: "data" }))).toMatchObject({
      Status: "Enabled",
    });
    following.destroy();
  });
});

describe("rights", () => {
  const key = (name: string) => `arn:aws:s3:::${Bucket}/${name}`;

  let roles = 0;

  /** As a machine whose role has these rights. */
  async function as(...statements: readonly Statement[]): Promise<S3Client> {
    roles += 1;
    const RoleName = `role-${roles}`;
    await region.call(CreateRoleCommand, {
      RoleName,
      AssumeRolePolicyDocument: '{"Statement":[]}',
    });
    await region.call(PutRolePolicyCommand, {
      RoleName,
      PolicyName: "files",
      PolicyDocument: JSON.stringify({ Statement: statements }),
    });
    const { name, endpoint } = region;
    const credentials = region.keys.issue(region.machineCaller(RoleName, "i-0123"), 60);
    return new S3Client({ region: name, endpoint, credentials, maxAttempts: 1 });
  }

  test("are those of keys, and to compare what is there is to read it", async () => {
    const { ETag } = await put("files/index", "1");
    const head = await as({ Effect: "Allow", Action: "s3:PutObject", Resource: key("files/*") });
    const write = (more: object) =>
      head.send(new PutObjectCommand({ Bucket, Key: "files/index", Body: "2", ...more }));
    await expect(write({ IfMatch: ETag })).rejects.toThrow("s3:GetObject");
    await write({});
    await expect(write({ Key: "other" })).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("to list are needed to hear that a key is not there", async () => {
    const read = { Effect: "Allow", Action: "s3:GetObject", Resource: key("*") } as const;
    const list = {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: `arn:aws:s3:::${Bucket}`,
      Condition: { StringLike: { "s3:prefix": "files/*" } },
    } as const;
    const head = await as(read, list);
    const { Condition: _, ...listAll } = list;
    const all = await as(read, listAll);
    const get = (who: S3Client) => who.send(new GetObjectCommand({ Bucket, Key: "files/none" }));
    await expect(get(all)).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(get(head)).rejects.toMatchObject({ name: "AccessDenied" });
    await head.send(new ListObjectsV2Command({ Bucket, Prefix: "files/x" }));
    await expect(head.send(new ListObjectsV2Command({ Bucket }))).rejects.toThrow("s3:ListBucket");
  });
});
