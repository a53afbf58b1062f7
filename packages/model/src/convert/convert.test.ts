import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderFinding } from "../cluster-file/finding.ts";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { convertVersion2 } from "./convert.ts";
import { VERSION2_KEYS } from "./version2-keys.ts";

const CASES = fileURLToPath(new URL("cases/", import.meta.url));
const names = readdirSync(CASES)
  .filter((name) => name.endsWith(".ini"))
  .map((name) => name.replace(".ini", ""));

const read = (name: string) => readFileSync(`${CASES}${name}.ini`, "utf8");
const convert = (text: string, options: { clusterTemplate?: string; accountId?: string } = {}) =>
  convertVersion2(text, { fileName: "old.ini", ...options });

function converted(text: string, options = {}) {
  const result = convert(text, options);
  if (!result.ok) throw new Error(result.findings.map(renderFinding).join("\n"));
  return { ...result, config: parse(result.text) };
}

const BASE = `[cluster default]
base_os = alinux2
scheduler = slurm
vpc_settings = v
[vpc v]
master_subnet_id = subnet-01234567
`;
const withCluster = (lines: string) => BASE.replace("[vpc v]", `${lines}\n[vpc v]`);

/** They said something about version 2's own program only. */
const NO_EFFECT = ["global update_check", "cluster desired_vcpus"];

/** `kind key` for each setting whose absence makes another file, or other findings. */
function keysThatMatter(text: string): string[] {
  const whole = JSON.stringify(convert(text));
  const lines = text.split("\n");
  let kind = "";
  return lines.flatMap((line, index) => {
    kind = /^\[(\w+)/.exec(line)?.[1] ?? kind;
    const key = /^(\w+)\s*[=:]/.exec(line)?.[1]?.toLowerCase();
    if (key === undefined) return [];
    const continued = lines.slice(index + 1).findIndex((next) => !/^\s+\S/.test(next));
    const without = lines.map((other, at) =>
      at < index || at > index + continued ? other : "# left out",
    );
    return JSON.stringify(convert(without.join("\n"))) === whole ? [] : [`${kind} ${key}`];
  });
}

describe("convertVersion2", () => {
  it.each(names)("brings %s.ini over", async (name) => {
    await expect(converted(read(name)).text).toMatchFileSnapshot(`${CASES}${name}.yaml`);
  });

  it.each(names.filter((name) => name !== "broken"))("makes a valid file of %s.ini", (name) => {
    const { text, findings } = converted(read(name), { accountId: "123456789012" });
    const result = parseClusterFile(text, { fileName: `${name}.yaml` });
    const errors = (result.ok ? [] : result.findings).filter(({ level }) => level === "ERROR");
    expect(errors.map(renderFinding)).toEqual([]);
    expect(findings.filter(({ level }) => level === "ERROR").map(renderFinding)).toEqual([]);
  });

  it("says what a file lacks, each thing where it stands", () => {
    const errors = converted(read("broken")).findings.filter(({ level }) => level === "ERROR");
    expect(errors.map(({ line, column, path }) => `${line}:${column} ${path}`.trim())).toEqual([
      "1:1",
      "6:1",
      "7:11 [cluster default] base_os",
      "8:1",
      "9:18 [cluster default] queue_settings",
      "10:16 [cluster default] vpc_settings",
      "12:8 [cluster default] tags",
      "13:20 [cluster default] s3_read_resource",
      "15:29 [queue one] compute_resource_settings",
      "16:14 [queue one] enable_efa",
      "17:1 [compute_resource small]",
      "18:13 [compute_resource small] max_count",
      "19:13 [compute_resource small] min_count",
      "22:15 [ebs a] volume_size",
      "23:13 [ebs a] encrypted",
    ]);
  });

  it("never shows a secret", () => {
    const { text, findings } = converted(read("sge"));
    expect(text + JSON.stringify(findings)).not.toMatch(/AKIA|wJalr/);
  });

  it("takes the section that is asked for, else that of [global], else default, else the only one", () => {
    const section = (name: string, os: string) =>
      BASE.replace("default", name).replace("alinux2", os);
    const both = `${section("a", "alinux2")}${section("b", "ubuntu2004").split("[vpc")[0]}`;
    const os = (text: string, options = {}) => converted(text, options).config.Image.Os;
    expect(os(both, { clusterTemplate: "b" })).toBe("ubuntu2204");
    expect(os(`[global]\ncluster_template = b\n${both}`)).toBe("ubuntu2204");
    expect(os(section("a", "alinux2"))).toBe("alinux2023");
    const refused = convert(both);
    expect(refused.findings.map(renderFinding)).toEqual([
      'old.ini:1:1: error: there is no section [cluster default]; give --cluster-template one of "a", "b"',
    ]);
  });

  it("names the sections that it does not use", () => {
    const { findings } = converted(`${BASE}[queue lost]\n[fsz x]\n`);
    expect(findings.filter(({ line }) => line > 6).map(renderFinding)).toEqual([
      "old.ini:7:1: info: [queue lost]: nothing in the cluster refers to this section, so it was not brought over; remove it",
      "old.ini:8:1: warning: [fsz x]: version 2 has no such section, so it was not brought over; write [fsx …]",
    ]);
  });

  it("keeps version 2's way of passing arguments to scripts", () => {
    const lines = 'post_install = s3://b/x.sh\npost_install_args = "one two"';
    const action = { Script: "s3://b/x.sh", Args: ["s3://b/x.sh", "one", "two"] };
    const { config } = converted(withCluster(lines));
    expect(config.HeadNode.CustomActions.OnNodeConfigured).toEqual(action);
    expect(config.Scheduling.SlurmQueues[0].CustomActions.OnNodeConfigured).toEqual(action);
  });

  it.each([
    ["arn:aws:s3:::data/in/*", { BucketName: "data", KeyName: "in/*" }],
    ["arn:aws:s3:::data/*", { BucketName: "data" }],
    ["arn:aws:s3:::data*", { BucketName: "data" }],
    ["arn:aws-cn:s3:::data", { BucketName: "data" }],
    ["*", { BucketName: "*" }],
    ["arn:aws:s3:::*", { BucketName: "*" }],
  ])("reads the bucket of %s", (resource, access) => {
    const { config } = converted(withCluster(`s3_read_resource = ${resource}`));
    expect(config.HeadNode.Iam.S3Access).toEqual([access]);
  });

  it("writes ARNs of roles in the partition of the region", () => {
    const lines = "ec2_iam_role = nodes\niam_lambda_role = fn";
    const text = `[aws]\naws_region_name = cn-north-1\n${withCluster(lines)}`;
    const { config } = converted(text, { accountId: "123456789012" });
    expect(config.HeadNode.Iam).toEqual({
      InstanceRole: "arn:aws-cn:iam::123456789012:role/nodes",
    });
    expect(config.Iam.Roles.LambdaFunctionsRole).toBe("arn:aws-cn:iam::123456789012:role/fn");
  });

  it("does something with every key of version 2", () => {
    const heard = new Set(names.flatMap((name) => keysThatMatter(read(name))));
    const known = Object.entries(VERSION2_KEYS).flatMap(([kind, keys]) =>
      keys.map((key) => `${kind} ${key}`),
    );
    expect(known.filter((key) => !heard.has(key))).toEqual(NO_EFFECT);
  });

  it("ends in a file or in located findings, whatever the text is", () => {
    const kinds = Object.keys(VERSION2_KEYS);
    const keys = Object.values(VERSION2_KEYS).flat();
    const value = fc.oneof(
      fc.constantFrom("a", "a, b", "default", "true", "10", "spot", "compute", "NONE", "%(tags)s"),
      fc.string({ maxLength: 20, unit: "binary" }),
    );
    const line = fc.oneof(
      fc
        .tuple(fc.constantFrom(...kinds), fc.constantFrom("", " a", " b", " default"))
        .map(([kind, label]) => `[${kind}${label}]`),
      fc.tuple(fc.constantFrom(...keys), value).map(([key, text]) => `${key} = ${text}`),
      fc.string({ maxLength: 30, unit: "binary" }),
    );
    const text = fc.array(line, { maxLength: 60 }).map((lines) => lines.join("\n"));
    const prefixed = text.map((rest) => `[cluster default]\n${rest}`);
    fc.assert(
      fc.property(fc.oneof(prefixed, text, fc.string({ unit: "binary" })), (input) => {
        const result = convert(input);
        for (const { line: at, column, message } of result.findings) {
          expect(at).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message).not.toBe("");
        }
        if (!result.ok) expect(result.findings).not.toEqual([]);
        if (!result.ok) return;
        // Only what the old file said wrong may be wrong in the new one, never its YAML.
        const parsed = parseClusterFile(result.text, { fileName: "new.yaml" });
        const syntax = (parsed.ok ? [] : parsed.findings).filter(
          ({ id }) => id === "YamlSyntaxValidator",
        );
        expect(syntax.map(renderFinding)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("ends quickly, whatever a file repeats", () => {
    const numbers = Array.from({ length: 4000 }, (_, index) => index);
    const labels = numbers.map((index) => `q!${index}`);
    const section = (kind: string) => labels.map((label) => `[${kind} ${label}]\n`).join("");
    const resource =
      "compute_resource_settings = r\n[compute_resource r]\ninstance_type = c5.large\n";
    const hostile = [
      `${withCluster(`queue_settings = ${labels}`)}${section("queue")}${resource}`,
      `${withCluster(`ebs_settings = ${labels}`)}${section("ebs")}`,
      withCluster(numbers.map((index) => `unknown_key_${index} = 1`).join("\n")),
      `${withCluster(`queue_settings = q`)}[queue q]\ncompute_resource_settings = ${labels}\n`,
      withCluster(`post_install = x\npost_install_args = ${'"a" '.repeat(50_000)}`),
      withCluster(`key_name = ${"%(key_name)s".repeat(20_000)}`),
      withCluster(`s3_read_resource = arn:aws:s3:::${"a*".repeat(100_000)}`),
      withCluster(`tags = ${"[".repeat(200_000)}`),
      `${BASE}${section("nothing")}`,
      "[".repeat(200_000),
    ];
    const begin = performance.now();
    for (const text of hostile) expect(convert(text).findings.length).toBeLessThanOrEqual(500);
    expect(performance.now() - begin).toBeLessThan(10_000);
  }, 30_000);

  it("says when there is more of something than version 2 could have", () => {
    const labels = Array.from({ length: 60 }, (_, index) => `q${index}`);
    const sections = labels.map((label) => `[queue ${label}]\ncompute_resource_settings = r\n`);
    const text = `${withCluster(`queue_settings = ${labels}`)}${sections.join("")}[compute_resource r]\ninstance_type = c5.large\n`;
    const { config, findings } = converted(text);
    expect(config.Scheduling.SlurmQueues).toHaveLength(50);
    const [error] = findings.filter(({ level }) => level === "ERROR");
    expect(error?.message).toBe("these are 60 entries, and no more than 50 were brought over");
  });
});
