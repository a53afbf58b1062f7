import { gunzipSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { cloudConfig, packed } from "./cloud-config.ts";
import { readCloudConfig } from "./testing/user-data.ts";

const SCRIPT = { path: "/etc/sluice/join", mode: 0o755, content: "#!/bin/sh\necho it\n" };
const pack = (text: string): string => gzipSync(text).toString("base64");

it("brings a script as the cloud makes it small, and says so to cloud-init", () => {
  const text = cloudConfig({ files: [packed(SCRIPT, pack)], runcmd: [] });
  const [{ encoding, permissions, content } = { content: "", permissions: "" }] =
    readCloudConfig(text).write_files;
  expect([encoding, permissions]).toEqual(["gz+b64", "0755"]);
  expect(gunzipSync(Buffer.from(content, "base64")).toString()).toBe(SCRIPT.content);
});

it("brings it as it is where it has room", () => {
  expect(packed(SCRIPT, undefined)).toEqual(SCRIPT);
});
