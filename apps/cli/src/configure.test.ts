import { mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { sluice } from "./testing/sluice.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-configure-"));
  path = join(folder, "new.yaml");
});

const AWS = [
  "--provider",
  "aws",
  "--region",
  "eu-central-1",
  "--set",
  "head-subnet=subnet-01234567",
];

describe("configure, without a terminal", () => {
  it("writes a file from answers, for its owner alone", async () => {
    const run = sluice();
    const { code, json } = await run(
      ...["configure", "-c", path, "--provider", "local", "--set", "users=ada,ben"],
    );
    expect(code).toBe(0);
    expect(json()).toMatchObject({ clusterConfiguration: path, provider: "local" });
    const text = await readFile(path, "utf8");
    expect(text).toMatch(/^# A cluster file of Sluice/);
    expect(text).toContain("  - Name: ben");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    run.host.files.set(path, text);
    expect((await run("validate", "-c", path)).json()).toMatchObject({ valid: true, findings: [] });
    const created = await run("create-cluster", "-n", "own", "-c", path);
    expect(created.err).not.toContain('"code"');
    expect(created.code).toBe(0);
  });

  it("says what it costs and what comes next", async () => {
    const { out, err, code } = await sluice()(
      ...[
        "configure",
        "-c",
        path,
        ...AWS,
        "--set",
        "queue.1.types=c7a.4xlarge",
        "--output",
        "text",
      ],
    );
    expect(code).toBe(0);
    expect(out).toMatch(
      /written .*new\.yaml\n {2}0\.\d+ USD an hour .*, \d.* USD with every node up/,
    );
    expect(out).toContain(`next: sluice create-cluster -n NAME -c ${path}`);
    expect(err).toMatch(/the account can't be asked/);
  });

  it("has a network made where no subnet is named", async () => {
    const run = sluice();
    const { code } = await run("configure", "-c", path, "--provider", "aws");
    expect(code).toBe(0);
    expect(await readFile(path, "utf8")).toMatch(/^Vpc:\n.*\n {2}Cidr: 10\.0\.0\.0\/16$/m);
  });

  it("asks for a terminal or for answers", async () => {
    const run = sluice();
    const { code, error } = await run("configure", "-c", path);
    expect(code).toBe(2);
    expect(error()).toMatchObject({
      code: "USAGE",
      hint: expect.stringContaining("--set users=ada"),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    [["--provider", "aws", "--set", "head-subnet=s-1"], /head-subnet can't be "s-1"/],
    [["--provider", "local", "--set", "users=root"], /users can't be "root"/],
    [["--provider", "local", "--set", "usres=ada"], /nothing asks for usres/],
    [["--provider", "local", "--set", "users"], /--set users is no answer/],
    [["--provider", "local", "--region", "eu-west-1"], /nothing asks for region/],
  ])("refuses %j and writes nothing", async (options, said) => {
    const { code, error } = await sluice()("configure", "-c", path, ...options);
    expect(code).toBe(2);
    expect(error().message).toMatch(said);
    expect(await readdir(folder)).toEqual([]);
  });

  it("never replaces a file", async () => {
    await writeFile(path, "mine\n");
    const { code, error } = await sluice()("configure", "-c", path, "--provider", "local");
    expect(code).toBe(5);
    expect(error().code).toBe("OUTPUT_FILE_EXISTS");
    expect(await readFile(path, "utf8")).toBe("mine\n");
  });
});

const VERSION_2 = `[aws]
aws_region_name = eu-west-1
[cluster default]
key_name = lab
base_os = alinux2
scheduler = slurm
vpc_settings = v
extra_json = {}
[vpc v]
master_subnet_id = subnet-01234567
`;

describe("convert", () => {
  function converting(text = VERSION_2, terminal = false) {
    const run = sluice({ terminal });
    run.host.files.set("old.ini", text);
    return run;
  }

  it("writes the new file, and says what changed", async () => {
    const { code, json } = await converting()("convert", "-c", "old.ini", "-o", path);
    expect(code).toBe(0);
    expect(json()).toMatchObject({
      outputFile: path,
      valid: true,
      findings: [
        { file: "old.ini", line: 5, column: 11, path: "[cluster default] base_os" },
        { file: "old.ini", line: 8, column: 14, level: "WARNING" },
      ],
    });
    expect(await readFile(path, "utf8")).toContain("Region: eu-west-1");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("gives the file itself for a pipe, and its findings beside it", async () => {
    const { code, out, err } = await converting()("convert", "-c", "old.ini");
    expect(code).toBe(0);
    expect(out).toMatch(/^# Converted from \[cluster default\] in old\.ini/);
    expect(err).toContain("old.ini:5:11: warning: [cluster default] base_os: alinux2");
  });

  it("ends with 3 when the new file lacks something, and writes it all the same", async () => {
    const text = VERSION_2.replace("base_os = alinux2\n", "");
    const { code, out, err } = await converting(text, true)("convert", "-c", "old.ini", "-o", path);
    expect(code).toBe(3);
    expect(out).toContain("written, and not valid yet");
    expect(err).toContain("base_os is missing");
    expect(await readFile(path, "utf8")).toContain("Region: eu-west-1");
  });

  it("takes the section and the account that are asked for", async () => {
    const text = `${VERSION_2.replace("default", "a")}[cluster b]\nbase_os = ubuntu2004\nscheduler = slurm\nec2_iam_role = nodes\nvpc_settings = v\n`;
    const run = converting(text);
    expect((await run("convert", "-c", "old.ini")).error()).toMatchObject({
      code: "CLUSTER_FILE_INVALID",
      message: expect.stringContaining('give --cluster-template one of "a", "b"'),
    });
    const { out } = await run(
      ...["convert", "-c", "old.ini", "-t", "b", "--account-id", "123456789012"],
    );
    expect(out).toContain("InstanceRole: arn:aws:iam::123456789012:role/nodes");
    const wrong = await run("convert", "-c", "old.ini", "--account-id", "1234");
    expect(wrong.error().message).toMatch(/--account-id 1234/);
  });

  it("never replaces a file", async () => {
    await writeFile(path, "mine\n");
    const { code, error } = await converting()("convert", "-c", "old.ini", "-o", path);
    expect(code).toBe(5);
    expect(error().code).toBe("OUTPUT_FILE_EXISTS");
    expect(await readFile(path, "utf8")).toBe("mine\n");
  });
});
