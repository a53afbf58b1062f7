import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import type { HeadCloud, HeadObjects } from "@sluice/cloud";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Deployed } from "./testing/deployed.ts";

const OWN = "s3://sluice-123456789012-eu-central-1/backups/demo";
const GIVEN = "s3://vault-of-ours/kept";
const NAME = "demo-20261122T010336Z.tar.zst.age";
const refused = { code: "AWS_NOT_ALLOWED" };
/** More than a piece. */
const LARGE = Buffer.alloc(9 << 20, "sealed");

const folder = mkdtempSync(join(tmpdir(), "sluice-backups-"));
let deployed: Deployed;
let head: HeadCloud;
let objects: HeadObjects;

beforeAll(async () => {
  deployed = await Deployed.of("head-at-work", `\nBackup: {To: "${GIVEN}"}\n`);
  head = await deployed.head(folder);
  objects = head.objects as HeadObjects;
  for (const Bucket of ["vault-of-ours", "vault-of-others"]) {
    const CreateBucketConfiguration = { LocationConstraint: deployed.region.name as never };
    await deployed.region.call(CreateBucketCommand, { Bucket, CreateBucketConfiguration });
  }
}, 60_000);
afterAll(async () => {
  await deployed[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

async function length(content: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of content) bytes += piece.length;
  return bytes;
}

describe("by its role's rights, a head", { timeout: 30_000 }, () => {
  test.each([OWN, GIVEN])("keeps backups at %s", async (place) => {
    const there = objects.open(place);
    await there.write(NAME, once(LARGE));
    await there.write("demo-20261122T010336Z.json", once(Buffer.from("{}")));
    expect((await there.list("demo-")).get(NAME)).toBe(LARGE.length);
    expect(await length(there.read(NAME))).toBe(LARGE.length);
    await there.remove([NAME]);
    expect([...(await there.list("demo-")).keys()]).toEqual(["demo-20261122T010336Z.json"]);
  });

  test("does so by itself in the cluster's bucket, beside what goes with the cluster", () => {
    expect(objects.backups).toBe(OWN);
  });

  test.each([
    ["another cluster's", OWN, "other-20261122T010336Z.json"],
    ["elsewhere in that bucket", "s3://vault-of-ours", NAME],
    ["in a bucket that nobody named", "s3://vault-of-others/kept", NAME],
  ])("puts none %s", async (_, place, name) => {
    const there = objects.open(place);
    await expect(there.write(name, once(Buffer.from("x")))).rejects.toMatchObject(refused);
    await expect(length(there.read(name))).rejects.toMatchObject(refused);
  });

  test("has registers also where it is the only one", async () => {
    expect(await head.registers?.read("revoked/0")).toBeUndefined();
    const tag = await head.registers?.write("revoked/0", "sluice=1\n", undefined);
    expect(await head.registers?.read("revoked/0")).toEqual({ text: "sluice=1\n", tag });
  });
});
