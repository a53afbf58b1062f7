import { X509Certificate } from "node:crypto";
import { expect, it } from "vitest";
import { databaseAuthority } from "./authority.ts";

const own = "/nonexistent";
const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

const unasked: typeof fetch = () => Promise.reject(new Error("nobody is to be asked"));

it("is Amazon RDS, with all its authorities of the region", async () => {
  const text = await databaseAuthority({ region: "eu-central-1", own, send: unasked });
  const found = text.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  const subjects = found.map((one) => new X509Certificate(one).subject);
  const kinds = ["RSA2048", "RSA4096", "ECC384"].map((kind) =>
    subjects.some((subject) => subject.includes(`RDS eu-central-1 Root CA ${kind} G1`)),
  );
  expect(kinds).toEqual([true, true, true]);
});

it("is whom the image names, where it names one", async () => {
  const file = import.meta.filename;
  const text = await databaseAuthority({ region: "eu-central-1", own: file, send: unasked });
  expect(text).toContain("is whom the image names");
});

it.each([
  ["mx-central-1", "https://truststore.pki.rds.amazonaws.com/mx-central-1/"],
  ["us-gov-west-1", "https://truststore.pki.us-gov-west-1.rds.amazonaws.com/us-gov-west-1/"],
])("is asked for in %s, which is younger than this program", async (region, place) => {
  const asked: string[] = [];
  const send: typeof fetch = async (address) => {
    asked.push(String(address));
    return new Response(PEM);
  };
  expect(await databaseAuthority({ region, own, send })).toBe(PEM);
  expect(asked).toEqual([`${place}${region}-bundle.pem`]);
});

it("is nobody where that can't be had", async () => {
  const answers = [
    async () => new Response("<html>"),
    async () => new Response("", { status: 403 }),
  ];
  for (const send of [...answers, unasked]) {
    await expect(databaseAuthority({ region: "mx-central-1", own, send })).rejects.toMatchObject({
      code: "DATABASE_AUTHORITY_UNKNOWN",
    });
  }
});
