import type { SiteIdentity } from "@sluice/boot";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { siteServerFile } from "./server-file.ts";

const IDENTITY: SiteIdentity = {
  ...{ site: "lab", provider: "local", name: "site-a", address: "10.77.0.3", number: 1 },
  peers: [],
  databaseAddress: "10.77.0.2",
  publicUrl: "https://10.77.0.1:8443",
  trustedProxies: ["10.77.0.1"],
  hasServer: true,
};

it("is of the site's database, and of clusters of the site's cloud", () => {
  expect(parse(siteServerFile(IDENTITY))).toMatchObject({
    Listen: { Address: "10.77.0.3", Port: 8480 },
    Database: { Host: "10.77.0.2", Port: 3306, User: "sluice", Name: "sluice" },
    Clusters: { Providers: [{ Provider: "local" }] },
  });
});

it("is of the cloud's own database, and of one region", () => {
  const identity: SiteIdentity = {
    ...{ ...IDENTITY, provider: "aws", region: "eu-central-1" },
    databaseAddress: "db.example",
    database: { host: "db.example", port: 3307, user: "admin" },
    serverFile: "Shell: {Enabled: false}\n",
  };
  expect(parse(siteServerFile(identity))).toMatchObject({
    Database: { Host: "db.example", Port: 3307, User: "sluice" },
    Clusters: { Providers: [{ Provider: "aws", Region: "eu-central-1" }] },
    Shell: { Enabled: false },
  });
});

it("says what the site's own file of servers may not say", () => {
  expect(() => siteServerFile({ ...IDENTITY, serverFile: "PublicUrl: https://x\n" })).toThrow(
    expect.objectContaining({ code: "SITE_SERVER_FILE" }),
  );
});
