import type { SiteRecord } from "@sluice/cloud";
import { parseStoredSiteFile, type SiteConfig, type SiteFacts } from "@sluice/model";
import { ObjectStore } from "../../bucket.ts";
import type { DeployContext } from "../../infrastructure/deploy/context.ts";
import { clusterStatus } from "../../infrastructure/deploy/plan/status.ts";
import { siteSeats } from "../machines.ts";
import { SITE_OUTPUTS } from "../outputs.ts";
import { readDocument } from "./document.ts";
import { siteMachines } from "./machines.ts";
import type { SiteStack } from "./stack.ts";

/** What people see of a site, put together from its stack, its bucket and its machines. */
export async function siteRecord(context: DeployContext, stack: SiteStack): Promise<SiteRecord> {
  const { clients, place } = context;
  const store = new ObjectStore(clients, stack.bucket.name);
  const [document, machines, { account, region }] = await Promise.all([
    readDocument(store, stack.bucket.prefix),
    siteMachines(clients, store, stack),
    place(),
  ]);
  const { status, reason } = statusOf(stack);
  const parsed = parseStoredSiteFile(document?.text ?? "", `the file of site ${stack.site}`);
  const config = parsed.ok ? parsed.config : undefined;
  const { outputs } = stack;
  const database = outputs[SITE_OUTPUTS.database];
  return {
    name: stack.site,
    id: stack.unique,
    provider: "aws",
    status,
    statusReason: reason,
    createdAt: stack.createdAt,
    updatedAt: stack.updatedAt,
    text: document?.text ?? "",
    clusters: document?.clusters ?? {},
    // What AWS says of its zones it does not say in time: machines and clusters show it.
    zones: (config?.Zones ?? []).map((name) => ({ name, state: "up" })),
    machines,
    url: outputs[SITE_OUTPUTS.url],
    facts: config === undefined ? {} : siteFacts(config, outputs),
    resources: {
      stack: stack.name,
      ...{ region, account },
      bucket: `s3://${stack.bucket.name}/${stack.bucket.prefix}`,
      ...(database === undefined ? {} : { database }),
    },
  };
}

/** As a cluster's, but that an update which was rolled back left the site as it was. */
function statusOf(stack: SiteStack) {
  const { status: stackStatus, reason: stackReason } = stack;
  if (stackStatus === "UPDATE_ROLLBACK_COMPLETE") {
    return { status: "UPDATE_FAILED" as const, reason: stackReason };
  }
  if (stackStatus === "UPDATE_COMPLETE") {
    return { status: "UPDATE_COMPLETE" as const, reason: undefined };
  }
  return clusterStatus({ stackStatus, stackReason, index: undefined, heads: undefined });
}

/** What the stack has made for clusters; nothing of a stack that is not whole. */
export function siteFacts(
  config: SiteConfig,
  outputs: Readonly<Record<string, string>>,
): SiteFacts {
  const [first, second] = siteSeats(config)
    .filter(({ hasAccounting }) => hasAccounting)
    .map(({ name }) => outputs[SITE_OUTPUTS.address(name)]);
  const [munge, jwt] = [outputs[SITE_OUTPUTS.mungeKey], outputs[SITE_OUTPUTS.jwtKey]];
  const [heads, machines] = [outputs[SITE_OUTPUTS.headPorts], outputs[SITE_OUTPUTS.memberPorts]];
  if (first === undefined || munge === undefined || jwt === undefined) return {};
  if (heads === undefined || machines === undefined) return {};
  return {
    subnets: ofZones(config, (zone) => outputs[SITE_OUTPUTS.subnet(zone)]),
    accounting: { Host: first, ...(second === undefined ? {} : { BackupHost: second }) },
    mungeKeySecretArn: munge,
    jwtKeySecretArn: jwt,
    fileSystems: fileSystems(config, outputs),
    securityGroups: { heads, machines },
  };
}

function ofZones(
  { Zones }: SiteConfig,
  of: (zone: string) => string | undefined,
): Readonly<Record<string, string>> {
  const entries = Zones.flatMap((zone) => {
    const value = of(zone);
    return value === undefined ? [] : [[zone, value] as const];
  });
  return Object.fromEntries(entries);
}

function fileSystems(
  config: SiteConfig,
  outputs: Readonly<Record<string, string>>,
): NonNullable<SiteFacts["fileSystems"]> {
  const folders = ["/home", "/shared", ...config.SharedStorage.map(({ MountDir }) => MountDir)];
  const found: Record<string, string | Readonly<Record<string, string>>> = {};
  for (const folder of folders) {
    const each = ofZones(config, (zone) => outputs[SITE_OUTPUTS.fileSystem(folder, zone)]);
    const one = outputs[SITE_OUTPUTS.fileSystem(folder)];
    if (one !== undefined) found[folder] = one;
    else if (Object.keys(each).length > 0) found[folder] = each;
  }
  return found;
}
