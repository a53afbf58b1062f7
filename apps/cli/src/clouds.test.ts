import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { knownClouds } from "./clouds.ts";

const emptyHome = () => mkdtemp(join(tmpdir(), "sluice-home-"));

describe("knownClouds", () => {
  it("asks AWS by itself only where something says that it is used", async () => {
    const HOME = await emptyHome();
    const isAtHand = (env: Record<string, string>, place = {}) =>
      knownClouds.isAtHand("aws", place, { HOME, ...env });
    expect(await isAtHand({})).toBe(false);
    expect(await isAtHand({ AWS_REGION: "" })).toBe(false);
    expect(await isAtHand({ AWS_REGION: "eu-central-1" })).toBe(true);
    expect(await isAtHand({ AWS_PROFILE: "lab" })).toBe(true);
    expect(await isAtHand({}, { region: "eu-central-1" })).toBe(true);
    await mkdir(join(HOME, ".aws"));
    expect(await isAtHand({})).toBe(false);
    await writeFile(join(HOME, ".aws/credentials"), "");
    expect(await isAtHand({})).toBe(true);
    expect(await isAtHand({ AWS_SHARED_CREDENTIALS_FILE: join(HOME, "none") })).toBe(false);
  });

  it.each(["moon", "toString"])("can't open the provider %s", async (provider) => {
    await expect(knownClouds.open(provider, {})).rejects.toMatchObject({
      code: "PROVIDER_UNAVAILABLE",
      hint: "the providers that it reaches are local and aws",
    });
    expect(await knownClouds.isAtHand(provider, {}, {})).toBe(false);
  });

  it("has no policies of the local cloud", async () => {
    await expect(knownClouds.administratorPolicy("local", {})).rejects.toMatchObject({
      code: "UNSUPPORTED_BY_PROVIDER",
    });
    await expect(knownClouds.openAccount("local", undefined)).rejects.toMatchObject({
      code: "ACCOUNT_UNAVAILABLE",
    });
  });
});
