import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureBucket } from "./bucket.ts";
import { Clients } from "./clients.ts";
import { IdleHypervisor } from "./testing/region/idle-hypervisor.ts";
import { Region } from "./testing/region/region.ts";

const Bucket = "sluice-bucket";

let region: Region;
let clients: Clients;
beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const { endpoint, credentials, name } = region;
  clients = new Clients({ endpoint, credentials, region: name });
});
afterEach(async () => {
  clients.destroy();
  await region.close();
});

const ensure = (): Promise<void> =>
  ensureBucket(clients, {
    bucket: Bucket,
    region: region.name,
    account: region.account,
    partition: "aws",
  });

async function policy(): Promise<string> {
  const { Policy = "" } = await region.call(GetBucketPolicyCommand, { Bucket });
  return Policy;
}

test("a bucket whose maker was killed gets what it has not", async () => {
  const LocationConstraint = region.name;
  await region.call(CreateBucketCommand, {
    Bucket,
    CreateBucketConfiguration: { LocationConstraint },
  });
  await ensure();
  expect(await policy()).toContain("aws:SecureTransport");
});

test("what its owner changed on a bucket that was made stays", async () => {
  await ensure();
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  await region.call(PutBucketPolicyCommand, { Bucket, Policy });
  await ensure();
  expect(await policy()).toBe(Policy);
});
