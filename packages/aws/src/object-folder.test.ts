import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import type { ObjectFolder } from "@sluice/cloud";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bucketPlace } from "./object-folder.ts";
import { openObjectFolder } from "./open-object-folder.ts";
import { IdleHypervisor } from "./testing/region/idle-hypervisor.ts";
import { Region } from "./testing/region/region.ts";

const Bucket = "vault-of-ours";

let region: Region;
let folder: ObjectFolder;
beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const LocationConstraint = region.name as never;
  await region.call(CreateBucketCommand, {
    Bucket,
    CreateBucketConfiguration: { LocationConstraint },
  });
  folder = openAt(`s3://${Bucket}/kept/`);
});
afterEach(async () => {
  await region.close();
  expect(region.defects).toEqual([]);
});

function openAt(place: string): ObjectFolder {
  const { name, endpoint, credentials } = region;
  return openObjectFolder(place, { region: name, endpoint, credentials });
}

/** More than two pieces, in chunks that fit none of them. */
const LARGE = Buffer.alloc(18 << 20, "a piece of a backup, ");

async function* chunks(content: Uint8Array, size = 777_777): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

async function collected(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

const begun = async () =>
  (await region.call(ListMultipartUploadsCommand, { Bucket })).Uploads ?? [];

describe("a place in a bucket", () => {
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["little", Buffer.from("little")],
    ["one piece", LARGE.subarray(0, 8 << 20)],
    ["several pieces", LARGE],
  ])("gives %s back as it was written", async (_, content) => {
    await folder.write("one", chunks(content));
    expect((await collected(folder.read("one"))).equals(content)).toBe(true);
    expect(await folder.list("o")).toEqual(new Map([["one", content.length]]));
    expect(await begun()).toEqual([]);
  });

  it("has its names below its prefix, and no others", async () => {
    await region.call(PutObjectCommand, { Bucket, Key: "two" });
    await folder.write("two", chunks(Buffer.from("x")));
    await openAt(`s3://${Bucket}`).write("three", chunks(Buffer.from("y")));
    expect([...(await folder.list("")).keys()]).toEqual(["two"]);
    await region.call(GetObjectCommand, { Bucket, Key: "kept/two" });
    await folder.remove(["two", "three"]);
    expect([...(await openAt(`s3://${Bucket}`).list("")).keys()]).toEqual(["three", "two"]);
  });

  it.each([
    ["little", 3],
    ["much", LARGE.length - 5],
  ])("has nothing of what broke off after %s", async (_, bytes) => {
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield* chunks(LARGE.subarray(0, bytes));
      expect(await folder.list("")).toEqual(new Map());
      throw new Error("the head is gone");
    };
    await expect(folder.write("half", breaking())).rejects.toThrow("the head is gone");
    expect(await folder.list("")).toEqual(new Map());
    expect(await begun()).toEqual([]);
  });

  it.each([
    ["little", Buffer.from("other")],
    ["much", LARGE],
  ])("writes %s over nothing that is there", async (_, content) => {
    await folder.write("one", chunks(Buffer.from("first")));
    await expect(folder.write("one", chunks(content))).rejects.toMatchObject({
      code: "OBJECT_EXISTS",
    });
    expect(`${await collected(folder.read("one"))}`).toBe("first");
    expect(await begun()).toEqual([]);
  });

  it("reads no two objects as one", async () => {
    await folder.write("one", chunks(LARGE));
    const reading = folder.read("one")[Symbol.asyncIterator]();
    await reading.next();
    await region.call(PutObjectCommand, {
      ...{ Bucket, Key: "kept/one" },
      Body: Buffer.alloc(18 << 20, "another") as never,
    });
    await expect(reading.next()).rejects.toMatchObject({ code: "AWS_REFUSED" });
  });

  it("is named as such a place, or refused", () => {
    expect(bucketPlace("s3://b-1")).toEqual({ bucket: "b-1", prefix: "" });
    expect(bucketPlace("s3://b-1/a/b//")).toEqual({ bucket: "b-1", prefix: "a/b/" });
    for (const place of ["/a", "s3://", "s3://B/a", "s3://b-1/a b", "http://b-1/a"]) {
      expect(() => bucketPlace(place)).toThrow(/no place in a bucket/);
    }
  });
});
