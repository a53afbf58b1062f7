import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { goldenFiles } from "../testing/golden.ts";
import type { MachineFile } from "./units.ts";

const FOLDER = join(import.meta.dirname, "golden");

const SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1b2c3";

const HEAD = `Region: us-east-1
Image: { Os: alinux2023 }
HeadNode: { InstanceType: c6i.xlarge, Networking: { SubnetId: subnet-0123456789abcdef0 } }
`;

const names = readdirSync(FOLDER).flatMap((file) =>
  file.endsWith(".yaml") ? basename(file, ".yaml") : [],
);

/** As `head` shows several files. */
function shown(files: readonly MachineFile[]): string {
  return files.map(({ path, content }) => `==> ${basename(path)} <==\n${content}`).join("\n");
}

describe("Slurm's files, out of the cluster file of the same name", () => {
  test.for(names)("%s", async (name) => {
    const text = readFileSync(join(FOLDER, `${name}.yaml`), "utf8");
    const files = goldenFiles({ name, text, slurmVersion: "24.11" });
    await expect(shown(files)).toMatchFileSnapshot(join(FOLDER, `${name}.txt`));
  });
});

describe("the accounting database", () => {
  const QUEUE = `
  SlurmQueues: [{ Name: q, Networking: { SubnetIds: [subnet-0123456789abcdef0] }, ComputeResources: [{ Name: r, InstanceType: c6i.large }] }]`;
  const fileOf = (settings: string): string =>
    `${HEAD}Scheduling:\n  SlurmSettings: ${settings}${QUEUE}\n`;
  const dbd = (settings: string) => {
    const name = "My-Cluster";
    const files = goldenFiles({ name, text: fileOf(settings), slurmVersion: "24.11" });
    return files.find(({ path }) => basename(path) === "slurmdbd.conf");
  };
  const database = (uri: string): string =>
    `{ Database: { Uri: ${JSON.stringify(uri)}, UserName: admin, PasswordSecretArn: "${SECRET}" } }`;

  test("is the head's own, and its password for slurm alone to read", () => {
    expect(dbd("{}")).toMatchObject({ owner: "slurm", mode: 0o600 });
    expect(dbd("{}")?.content).toMatch(/^StorageHost=localhost\nStorageLoc=slurm_acct_db$/m);
  });

  test.for([
    ["db.example.org", "StorageHost=db.example.org\n"],
    ["db.example.org:3307", "StorageHost=db.example.org\nStoragePort=3307\n"],
  ] as const)("is on the server of %s", ([uri, lines]) => {
    expect(dbd(database(uri))?.content).toContain(
      `${lines}StorageLoc=my_cluster\nStorageUser=admin\n`,
    );
  });

  test("is nobody's business here with a slurmdbd elsewhere", () => {
    const settings = `{ ExternalSlurmdbd: { Host: dbd.example.org }, MungeKeySecretArn: "${SECRET}" }`;
    expect(dbd(settings)).toBeUndefined();
  });
});
