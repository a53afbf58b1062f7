import { MANAGED_SITE_SECRETS, type ManagedSiteSecret } from "@sluice/boot";
import type { SiteRequest } from "@sluice/cloud";
import {
  ec2InstanceType,
  findingsError,
  parseStoredSiteFile,
  type SiteConfig,
  SluiceError,
} from "@sluice/model";
import type { ObjectStore } from "../../bucket.ts";
import { type Architecture, ensureBundle } from "../../bundle.ts";
import { siteUserData } from "../../guest/site-user-data.ts";
import type { AccountPlace } from "../../infrastructure/deploy/account.ts";
import type { DeployContext } from "../../infrastructure/deploy/context.ts";
import { OBJECTS } from "../../names.ts";
import { ensureServer, type ServerProgram } from "../../server-bundle.ts";
import type { GivenSiteNetwork, SiteSynthRequest, SynthesisedSite } from "../synth/contract.ts";
import { synthesiseSite } from "../synth/synthesise.ts";

/** What everything about sites is given. */
export interface SiteContext extends DeployContext {
  readonly server: ServerProgram;
}

export interface SiteIdentityOfStack {
  readonly name: string;
  readonly unique: string;
  readonly bucket: { readonly name: string; readonly prefix: string };
}

/** As local sites have it: it is part of names that people type. */
const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** What machines of sites boot. */
const OS = "debian13";

/** Errors: `SITE_NAME_INVALID`, those of the file, `AWS_WRONG_REGION`, `SITE_ONE_ZONE`. */
export function readSiteRequest(
  { name, text }: Pick<SiteRequest, "name" | "text">,
  { region }: AccountPlace,
): SiteConfig {
  if (!NAME.test(name)) {
    throw new SluiceError("SITE_NAME_INVALID", "user", `${JSON.stringify(name)} names no site`, {
      hint: "use at most 40 lower-case letters, digits and hyphens, a letter first",
    });
  }
  const parsed = parseStoredSiteFile(text, `the file of site ${name}`);
  if (!parsed.ok) throw findingsError(parsed.findings);
  const { config } = parsed;
  if (config.Region !== undefined && config.Region !== region) {
    const message = `the site file is for ${config.Region}, and the region chosen is ${region}`;
    throw new SluiceError("AWS_WRONG_REGION", "user", message, {
      hint: `give --region ${config.Region}`,
    });
  }
  if (config.Zones.length > 1) return config;
  const message = `the site has one zone, ${config.Zones[0]}, and load balancers and Aurora want two`;
  throw new SluiceError("SITE_ONE_ZONE", "user", message, {
    hint: "write a second zone under Zones in the site file",
  });
}

/** Programs of the site's machines. */
export interface SitePrograms {
  readonly bundles: Parameters<typeof siteUserData>[0]["bundles"];
  readonly server: { readonly key: string; readonly sha256: string };
}

function architectureOf({ Servers }: SiteConfig): Architecture {
  return ec2InstanceType(Servers.InstanceType)?.arch[0] ?? "x86_64";
}

/** Puts them into the bucket. Errors: `NOT_BUILT`, `BUNDLE_UNAVAILABLE`. */
export async function ensurePrograms(
  store: ObjectStore,
  config: SiteConfig,
  { bundles, server }: SiteContext,
): Promise<SitePrograms> {
  const arch = architectureOf(config);
  const [head, program] = [
    await ensureBundle(store, arch, bundles),
    await ensureServer(store, server),
  ];
  return { bundles: { [arch]: head }, server: program };
}

/** Of the size of real ones, for templates that nobody deploys. */
export function unmadePrograms(config: SiteConfig): SitePrograms {
  const arch = architectureOf(config);
  const sha256 = "0".repeat(64);
  const head = { key: OBJECTS.bundle(sha256, arch), sha256 };
  return { bundles: { [arch]: head }, server: { key: OBJECTS.server(sha256), sha256 } };
}

export interface SiteMade {
  readonly config: SiteConfig;
  readonly region: string;
  readonly programs: SitePrograms;
  readonly network: GivenSiteNetwork | undefined;
  /** ARNs by the names of files. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly certificate: SiteSynthRequest["certificate"];
  readonly serverFileKey: string | undefined;
}

/** The template of a site. Asks nobody. */
export function synthesisedSite(
  identity: SiteIdentityOfStack,
  made: SiteMade,
): Promise<SynthesisedSite> {
  const { config, region, programs, secrets, certificate, network, serverFileKey } = made;
  const { name, unique, bucket } = identity;
  const named = Object.entries(MANAGED_SITE_SECRETS).map(([key, file]) => [key, secrets[file]]);
  const arns = Object.fromEntries(named) as Record<ManagedSiteSecret, string>;
  const own = config.Database.PasswordSecretArn;
  return synthesiseSite({
    ...{ name, unique, bucket, config, region, certificate, network },
    ...(serverFileKey === undefined ? {} : { serverFileKey }),
    secrets: own === undefined ? arns : { ...arns, database: own },
    userData: (machine) =>
      siteUserData({ site: name, unique, region, bucket, os: OS, ...machine, ...programs }),
  });
}

/** A template as far as it can be known before anything is made. */
export function sampleSite(
  name: string,
  config: SiteConfig,
  { account, region, partition }: AccountPlace,
  network: GivenSiteNetwork | undefined,
): Promise<SynthesisedSite> {
  const unique = "00000000";
  const arn = `arn:${partition}:secretsmanager:${region}:${account}:secret:sluice/none-000000`;
  const { CertificateArn } = config.Servers;
  return synthesisedSite(
    { name, unique, bucket: { name: "none", prefix: OBJECTS.sitePrefix(name, unique) } },
    {
      ...{ config, region, network, programs: unmadePrograms(config), serverFileKey: undefined },
      secrets: Object.fromEntries(Object.values(MANAGED_SITE_SECRETS).map((file) => [file, arn])),
      certificate:
        CertificateArn === undefined ? { body: "", keySecretArn: arn } : { arn: CertificateArn },
    },
  );
}
