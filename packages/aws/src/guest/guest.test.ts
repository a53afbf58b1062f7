import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { renderCloudHeadUserData, renderComputeUserData, renderLoginUserData } from "@sluice/boot";
import { type ClusterConfig, type Os, parseClusterFile } from "@sluice/model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readProof } from "../head/proof.ts";
import { layGround } from "../testing/region/ground.ts";
import { IdleHypervisor } from "../testing/region/idle-hypervisor.ts";
import { type Metadata, startMetadata } from "../testing/region/metadata.ts";
import { Region } from "../testing/region/region.ts";
import { awsGuest } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-guest-"));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const guest = awsGuest({
  region: "eu-central-1",
  bucket: "the-bucket",
  name: "demo",
  unique: "0123abcd",
  prefix: "clusters/demo-0123abcd",
  headResource: "HeadGroup",
});
const [file] = guest.files;
const program = gunzipSync(Buffer.from(file?.content ?? "", "base64")).toString("utf8");
writeFileSync(path("guest"), program, { mode: 0o755 });

/** What a few lines of Python say that have the program as the module `guest`. */
function python(...lines: string[]): string {
  const load = [
    "import sys, importlib.machinery, importlib.util",
    `loader = importlib.machinery.SourceFileLoader("guest", ${JSON.stringify(path("guest"))})`,
    'guest = importlib.util.module_from_spec(importlib.util.spec_from_loader("guest", loader))',
    "loader.exec_module(guest)",
  ];
  const script = [...load, ...lines].join("\n");
  return execFileSync("python3", ["-B", "-W", "error", "-"], { input: script, encoding: "utf8" });
}

describe("the program", () => {
  it("is Python that compiles, and shell that finds one", () => {
    execFileSync("python3", ["-B", "-m", "py_compile", path("guest")], {
      env: { ...process.env, PYTHONPYCACHEPREFIX: path("cache") },
    });
    execFileSync("sh", ["-n"], { input: program.slice(0, program.indexOf("\n'''\n")) });
    expect(() => execFileSync(path("guest"), ["dance"], { stdio: "pipe" })).toThrow(
      "unknown verb dance",
    );
  });

  it("is led on by what it fetches to encrypted places only", () => {
    const said = python(
      'ask = guest.urllib.request.Request("https://scripts.example/a.sh")',
      'for to in ("https://other.example/a.sh", "http://other.example/a.sh"):',
      "    try:",
      "        print(guest.Encrypted().redirect_request(ask, None, 302, '', {}, to).full_url)",
      "    except guest.Gone as error:",
      "        print(error)",
    );
    expect(said.trim().split("\n")).toEqual([
      "https://other.example/a.sh",
      "https://scripts.example/a.sh leads to http://other.example/a.sh",
    ]);
  });

  // Both are examples in AWS's documentation of Signature Version 4.
  it.each([
    [
      "https://example.amazonaws.com/",
      "service",
      "{}",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ],
    [
      "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
      "iam",
      '{"content-type": "application/x-www-form-urlencoded; charset=utf-8"}',
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ],
  ])("signs %s as AWS does", (url, service, headers, signature) => {
    const said = python(
      `keys = {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}`,
      'empty = guest.hashlib.sha256(b"").hexdigest()',
      `signed = guest.sign("GET", "${url}", ${headers}, empty, keys, "us-east-1", "${service}", "20150830T123600Z")`,
      'print(signed["authorization"])',
    );
    expect(said.trim()).toMatch(new RegExp(`Signature=${signature}$`));
  });
});

describe("in a region", () => {
  let region: Region;
  let metadata: Metadata;
  let instanceId = "";

  beforeAll(async () => {
    region = await Region.start({ hypervisor: new IdleHypervisor() });
    const ground = await layGround(region);
    const role = { RoleName: "compute", AssumeRolePolicyDocument: '{"Statement":[]}' };
    await region.call(CreateRoleCommand, role);
    const Statement = [
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: ["arn:aws:s3:::the-bucket", "arn:aws:s3:::the-bucket/*"],
      },
      {
        Effect: "Allow",
        Action: "s3:PutObject",
        Resource: "arn:aws:s3:::the-bucket/clusters/demo-0123abcd/head/*",
      },
    ];
    await region.call(PutRolePolicyCommand, {
      RoleName: "compute",
      PolicyName: "bucket",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
    });
    await region.call(CreateInstanceProfileCommand, { InstanceProfileName: "compute" });
    await region.call(AddRoleToInstanceProfileCommand, {
      InstanceProfileName: "compute",
      RoleName: "compute",
    });
    await region.call(CreateBucketCommand, {
      Bucket: "the-bucket",
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    });
    const { Instances = [] } = await region.call(RunInstancesCommand, {
      ImageId: ground.imageId,
      InstanceType: "c5.large",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: ground.subnetIds[0],
      IamInstanceProfile: { Name: "compute" },
      MetadataOptions: { HttpTokens: "required" },
      InstanceMarketOptions: { MarketType: "spot" },
    });
    instanceId = Instances[0]?.InstanceId ?? "";
    metadata = await startMetadata(region, { host: "127.0.0.1", instanceId });
  });
  afterAll(async () => {
    await metadata.close();
    await region.close();
  });

  const environment = () => ({
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: region.endpoint,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    SLUICE_PATIENCE: "1",
    SLUICE_LOOK: "0.05",
  });
  const run = (...args: string[]) =>
    new Promise<{ readonly code: number; readonly said: string }>((resolve) => {
      execFile(path("guest"), args, { env: environment() }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), said: `${stdout}${stderr}` }),
      );
    });
  const put = (Key: string, Body: string | Buffer) =>
    region.call(PutObjectCommand, { Bucket: "the-bucket", Key, Body });

  it("fetches objects whole, whatever their names and size", async () => {
    const body = Buffer.alloc(3_000_000, "0123456789abcdef");
    await put("bundles/a b+c~ü.tar.gz", body);
    const fetched = await run("fetch", "bundles/a b+c~ü.tar.gz", path("fetched"));
    expect(fetched).toEqual({ code: 0, said: "" });
    expect(readFileSync(path("fetched")).equals(body)).toBe(true);
    expect(await run("fetch-url", "s3://the-bucket/bundles/a b+c~ü.tar.gz", path("again"))).toEqual(
      {
        code: 0,
        said: "",
      },
    );
    expect(readFileSync(path("again")).equals(body)).toBe(true);
  });

  it("says what is not there, and what it may not have or does not fetch", async () => {
    expect(await run("fetch", "no/such", path("none"))).toEqual({
      code: 1,
      said: "fetch no/such: there is no s3://the-bucket/no/such\n",
    });
    const denied = await run("fetch-url", "s3://others/x", path("none"));
    expect([denied.code, denied.said]).toEqual([1, expect.stringMatching(/others|AccessDenied/)]);
    for (const url of ["http://host/x", "file:///etc/shadow", "ftp://host/x"]) {
      const refused = await run("fetch-url", url, path("none"));
      expect([refused.code, refused.said]).toEqual([1, expect.stringContaining("is neither")]);
    }
  });

  it("asks again what a busy service did not answer", async () => {
    await put("busy", "here");
    region.faults.throttle.set("s3:GetObject", 1);
    expect((await run("fetch", "busy", path("busy"))).code).toBe(0);
    expect(readFileSync(path("busy"), "utf8")).toBe("here");
  });

  it("proves which machine it is, in one line that the head takes and STS knows", async () => {
    const { code, said } = await run("identity");
    expect([code, said.trim().split("\n").length]).toEqual([0, 1]);
    const { host } = new URL(region.endpoint);
    const proof = readProof(said, { host, cluster: "demo-0123abcd" });
    expect(proof).toBeDefined();
    const { host: _, ...headers } = proof?.headers ?? {};
    const answer = await fetch(region.endpoint, {
      method: "POST",
      headers,
      body: proof?.body ?? "",
    });
    expect(await answer.text()).toContain(`assumed-role/compute/${instanceId}`);
    const others = { ...headers, "x-sluice-cluster": "other-00000000" };
    const forged = await fetch(region.endpoint, {
      method: "POST",
      headers: others,
      body: proof?.body ?? "",
    });
    expect(forged.status).toBe(403);
  });

  it("leaves files and reports where they are looked for", async () => {
    writeFileSync(path("join.txt"), "10.0.0.2\nthe certificate\n");
    const key = "clusters/demo-0123abcd/head/join.txt";
    expect(guest.publishCommand).toBe(`/etc/sluice/guest store ${key}`);
    expect(await run("store", key, path("join.txt"))).toEqual({ code: 0, said: "" });
    // Of no stack, so that there is nothing to signal to.
    const reported = await run("report", "failed", 'bundle failed: it\'s "gone"');
    expect(reported.said).toMatch(/SignalResource|HeadGroup|does not exist|AccessDenied/);
    await run("fetch", "clusters/demo-0123abcd/head/report.json", path("report"));
    expect(JSON.parse(readFileSync(path("report"), "utf8"))).toEqual({
      status: "failed",
      message: 'bundle failed: it\'s "gone"',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      instanceId,
    });
    expect(await run("fetch", key, path("joined"))).toEqual({ code: 0, said: "" });
    expect(readFileSync(path("joined"), "utf8")).toBe("10.0.0.2\nthe certificate\n");
  });

  it("tells of notices as they come, and goes on", async () => {
    await region.ec2.scheduleMaintenance(instanceId, { inSeconds: 3600 });
    const child = spawn(path("guest"), ["notices"], { env: environment() });
    const lines: string[] = [];
    try {
      for await (const data of child.stdout) {
        lines.push(...String(data).trim().split("\n"));
        if (lines.length === 1) await region.ec2.interrupt(instanceId, 120);
        else break;
      }
    } finally {
      child.kill();
    }
    expect(lines).toEqual([
      expect.stringMatching(/^maintenance \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      expect.stringMatching(/^spot \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    ]);
  }, 20_000);

  it("waits for the end that its group has in mind for it, and tells the group to go on", async () => {
    const machine = region.ec2.instances.get(instanceId);
    machine.targetLifecycleState = "InService";
    const leaving = run("leaving");
    const first = await Promise.race([leaving, delay(300, "still there")]);
    expect(first).toBe("still there");
    machine.targetLifecycleState = "Terminated";
    expect(await leaving).toEqual({ code: 0, said: "" });
    // The group is another's, and so the role has no right to it.
    const { code, said } = await run("let-go", "somebodys", "farewell");
    expect(code).not.toBe(0);
    expect(said).toContain("autoscaling:CompleteLifecycleAction");
  });
});

describe("with the program in it, user data", () => {
  const parsed = parseClusterFile(
    "Provider: local\nScheduling: { SlurmQueues: [{ Name: q, ComputeResources: [{ Name: c, InstanceType: local.small }] }] }\n",
    { fileName: "f.yaml" },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  const { config } = parsed;
  const actions = {
    OnNodeStart: { Script: "s3://some-bucket/some/folder/start.sh", Args: ["x".repeat(500)] },
    OnNodeConfigured: { Script: "https://example.com/some/folder/configured.sh", Args: ["y"] },
  };
  const fingerprint = `${"A".repeat(64)}\n`.repeat(10);

  it.each(["debian12", "debian13", "ubuntu2404", "alinux2023", "rhel9"] satisfies Os[])(
    "has less than 16 KB in each role, on %s",
    (os) => {
      const own: ClusterConfig = {
        ...config,
        HeadNode: { ...config.HeadNode, CustomActions: actions },
        DirectoryService: {} as ClusterConfig["DirectoryService"],
      };
      const scratch = { disks: guest.localDisks, mountPoint: "/scratch" };
      const bundle = { key: `bundles/${"0".repeat(64)}-x86_64.tar.gz`, sha256: "0".repeat(64) };
      const texts = [
        renderCloudHeadUserData({
          clusterName: "demo",
          provider: "aws",
          cloud: { region: "eu-central-1", factsPath: "/sluice/demo-0123abcd/facts" },
          os,
          ...guest,
          bundles: { x86_64: bundle, arm64: bundle },
          clusterFileKey: "clusters/demo-0123abcd/files/1.yaml",
          config: own,
        }),
        renderComputeUserData({
          users: [],
          headAddress: "10.0.0.2",
          headCertificate: fingerprint,
          identityCommand: guest.identityCommand,
          guest: { os, ...guest, scratch, directory: true, actions },
          isLogRotated: true,
        }),
        renderLoginUserData({ os, ...guest, directory: true, actions }),
      ];
      for (const text of texts) {
        expect(Buffer.byteLength(text)).toBeLessThan(16_384);
        expect(text).toContain("encoding: gz+b64");
      }
    },
  );
});
