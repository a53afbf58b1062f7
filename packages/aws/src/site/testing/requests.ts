import { readdirSync, readFileSync } from "node:fs";
import { MANAGED_SITE_SECRETS, type ManagedSiteSecret } from "@sluice/boot";
import { parseSiteFile, type SiteConfig } from "@sluice/model";
import { siteUserData } from "../../guest/site-user-data.ts";
import { OBJECTS } from "../../names.ts";
import type { SiteSynthRequest } from "../synth/contract.ts";

const FOLDER = new URL("./sites/", import.meta.url);

/** Names of the site files beside this one. */
export const SITES: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length))
  .sort();

export function siteText(name: string): string {
  return readFileSync(new URL(`${name}.yaml`, FOLDER), "utf8");
}

export function siteConfigOf(text: string): SiteConfig {
  const result = parseSiteFile(text, { fileName: "site.yaml" });
  if (result.ok) return result.config;
  throw new Error(result.findings.map(({ path, message }) => `${path}: ${message}`).join("\n"));
}

const secretArn = (name: string): string =>
  `arn:aws:secretsmanager:eu-central-1:123456789012:secret:sluice/site-campus-0a1b2c3d/${name}-AbCdEf`;

export const SECRETS = Object.fromEntries(
  Object.entries(MANAGED_SITE_SECRETS).map(([key, name]) => [key, secretArn(name)]),
) as Record<ManagedSiteSecret, string>;

export function siteRequestOf(config: SiteConfig): SiteSynthRequest {
  const name = "campus";
  const unique = "0a1b2c3d";
  const region = "eu-central-1";
  const bucket = {
    name: "sluice-123456789012-eu-central-1",
    prefix: OBJECTS.sitePrefix(name, unique),
  };
  const program = { key: "bundles/1-x86_64.tar.gz", sha256: "1".repeat(64) };
  const { Vpc, Servers } = config;
  return {
    ...{ name, unique, region, bucket, config, secrets: SECRETS },
    network:
      Vpc?.Id === undefined
        ? undefined
        : {
            vpcId: Vpc.Id,
            subnets: Vpc.Subnets.map(({ Zone, SubnetId }, index) => ({
              ...{ zone: Zone, subnetId: SubnetId, cidr: `10.7.${index}.0/24` },
            })),
            isPublic: false,
          },
    certificate:
      Servers.CertificateArn === undefined
        ? { body: "a certificate", keySecretArn: secretArn("balancer.key") }
        : { arn: Servers.CertificateArn },
    userData: (machine) =>
      siteUserData({
        ...{ site: name, unique, region, bucket, os: "debian13" },
        ...machine,
        bundles: { x86_64: program },
        server: program,
      }),
  };
}
