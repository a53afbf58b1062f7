import type { ApplyOptions, SiteRecord, SiteRequest } from "@sluice/cloud";
import { type SiteConfig, SluiceError } from "@sluice/model";
import { ensureBucket, ObjectStore } from "../../bucket.ts";
import { type Say, sayer } from "../../infrastructure/deploy/apply.ts";
import {
  executeChangeSet,
  type PreparedChangeSet,
  prepareChangeSet,
  withdraw,
} from "../../infrastructure/deploy/change-set.ts";
import { type Followed, followAny, fromNowOn } from "../../infrastructure/deploy/follow.ts";
import { parameterValues } from "../../infrastructure/deploy/parameters.ts";
import { failuresIn, stackReason } from "../../infrastructure/deploy/plan/stack-events.ts";
import { uploadTemplates } from "../../infrastructure/deploy/template.ts";
import { refuseLosses } from "../../infrastructure/deploy/update.ts";
import { bucketName, OBJECTS, siteStackName, TAGS } from "../../names.ts";
import { cloudFormation } from "../../sdk.ts";
import { siteSeats } from "../machines.ts";
import type { SynthesisedSite } from "../synth/contract.ts";
import { machineFailed, machineLate, renewMachines } from "./await-machines.ts";
import { makeCertificate } from "./certificate.ts";
import { removeSite } from "./destroy.ts";
import { keepServerFile, readDocument, type SiteDocument, writeDocument } from "./document.ts";
import { givenNetwork } from "./given-network.ts";
import {
  ensurePrograms,
  readSiteRequest,
  type SiteContext,
  type SiteIdentityOfStack,
  synthesisedSite,
} from "./prepare.ts";
import { siteProgressOf } from "./progress.ts";
import { siteRecord } from "./record.ts";
import { machineReport } from "./reports.ts";
import { BALANCER_KEY, ensureSecret, ensureSiteSecrets, requireSecretNames } from "./secrets.ts";
import { findSiteStack, isSiteNameTaken, type SiteStack, siteStackById } from "./stack.ts";
import { lastWords, tellOfMachines } from "./tell.ts";

/** See `Sites.apply`. Errors: those of `plan`, `SITE_BUSY`, `SITE_CONFLICT`, of stacks and machines. */
export async function applySite(
  context: SiteContext,
  request: SiteRequest,
  options: ApplyOptions,
): Promise<SiteRecord> {
  const config = readSiteRequest(request, await context.place());
  const stack = await findSiteStack(context.clients, request.name);
  if (stack === undefined) return createSite(context, request, config, options);
  return updateSite(context, { request, config, stack }, options);
}

async function createSite(
  context: SiteContext,
  request: SiteRequest,
  config: SiteConfig,
  options: ApplyOptions,
): Promise<SiteRecord> {
  const { name } = request;
  requireSecretNames(request.secrets ?? {});
  if (await isSiteNameTaken(context.clients, name)) throw nameTaken(name);
  const { account, region } = await context.place();
  const unique = context.unique();
  const bucket = { name: bucketName(account, region), prefix: OBJECTS.sitePrefix(name, unique) };
  const identity = { name, unique, bucket };
  const say = sayer(context, options);
  try {
    say("bucket", "started", `bucket ${bucket.name}`);
    await ensureBucket(context.clients, { bucket: bucket.name, ...(await context.place()) });
    say("bucket", "done", `bucket ${bucket.name}`);
    const made = await deploy(context, { identity, request, config }, options, say);
    say("site", "done", `${name} is ready`);
    return made;
  } catch (error) {
    say("site", "info", "what was made is taken down again");
    try {
      for (const one of await removeSite(context, identity, options.onProgress)) {
        say("site", "info", `kept: ${one}`);
      }
    } catch (left) {
      say("site", "failed", left instanceof Error ? left.message : String(left));
    }
    throw error;
  }
}

export function nameTaken(name: string): SluiceError {
  const message = `the stack ${siteStackName(name)} of a site ${name} is there already`;
  return new SluiceError("SITE_EXISTS", "user", message, {
    hint: `choose another name, or delete that site (sluice delete-site -n ${name})`,
  });
}

async function updateSite(
  context: SiteContext,
  site: { readonly request: SiteRequest; readonly config: SiteConfig; readonly stack: SiteStack },
  options: ApplyOptions,
): Promise<SiteRecord> {
  const { stack, config, request } = site;
  if (stack.status.endsWith("_IN_PROGRESS")) {
    throw new SluiceError(
      "SITE_BUSY",
      "user",
      `the stack of site ${stack.site} is ${stack.status}`,
      {
        hint: "wait until that is over",
      },
    );
  }
  if (/^(CREATE_FAILED|ROLLBACK_|DELETE_)/.test(stack.status)) {
    const message = `the stack of site ${stack.site} is ${stack.status}`;
    throw new SluiceError("SITE_CONFLICT", "user", message, {
      hint: `delete it (sluice delete-site -n ${stack.site})`,
    });
  }
  const store = new ObjectStore(context.clients, stack.bucket.name);
  const document = await readDocument(store, stack.bucket.prefix);
  if (document !== undefined) {
    const former = readSiteRequest({ ...request, text: document.text }, await context.place());
    requireSame(stack.site, former, config);
  }
  const identity = { name: stack.site, unique: stack.unique, bucket: stack.bucket };
  const say = sayer(context, options);
  return deploy(context, { identity, request, config, stack }, options, say);
}

/** What a site has for its life: another network would take all that is in it along. */
function requireSame(name: string, had: SiteConfig, wanted: SiteConfig): void {
  const of = ({ Zones, Vpc, Database }: SiteConfig): string =>
    JSON.stringify([Zones, Vpc, Database.Uri]);
  if (of(had) === of(wanted)) return;
  const message = `site ${name} has its zones, its network and the address of its database for its life`;
  throw new SluiceError("SITE_CONFLICT", "user", message, { hint: "make another site" });
}

interface Deployment {
  readonly identity: SiteIdentityOfStack;
  readonly request: SiteRequest;
  readonly config: SiteConfig;
  /** Of a site that is there. */
  readonly stack?: SiteStack;
}

async function deploy(
  context: SiteContext,
  deployment: Deployment,
  options: ApplyOptions,
  say: Say,
): Promise<SiteRecord> {
  const { clients, clock } = context;
  const { identity, request, config, stack: former } = deployment;
  const { signal } = options;
  const place = await context.place();
  const { prefix } = identity.bucket;
  const store = new ObjectStore(clients, identity.bucket.name);
  signal.throwIfAborted();
  const network = await givenNetwork(clients, place, config);
  say("programs", "started", "Sluice's programs for the machines");
  const programs = await ensurePrograms(store, config, context);
  say("programs", "done", "Sluice's programs for the machines");
  signal.throwIfAborted();
  const known = await readDocument(store, prefix);
  const { certificate, text } = await certificateOf(context, deployment, known);
  const document: SiteDocument = {
    ...{ text: request.text, clusters: request.clusters },
    updatedAt: clock.now().toISOString(),
    ...(text === undefined ? {} : { certificate: text }),
  };
  // What a site that is there has is what it says until it has another one.
  await writeDocument(store, prefix, known === undefined ? document : { ...known, ...cert(text) });
  const secrets = await ensureSiteSecrets(clients, identity, request.secrets ?? {});
  const serverFileKey = await keepServerFile(store, prefix, request);
  const template = await synthesisedSite(identity, {
    ...{ config, region: place.region, programs, network, secrets, certificate, serverFileKey },
  });
  signal.throwIfAborted();
  await deployStack(context, { ...deployment, store, template }, options, say);
  if (former !== undefined) {
    await renewMachines(context, identity, template.revisions, { store, say, signal });
  }
  await writeDocument(store, prefix, document);
  const made = await findSiteStack(clients, identity.name);
  if (made === undefined) throw new SluiceError("STACK_FAILED", "cloud", "the stack is gone");
  return siteRecord(context, made);
}

function cert(certificate: string | undefined): Pick<SiteDocument, "certificate"> {
  return certificate === undefined ? {} : { certificate };
}

/** One that the site made for itself stays the same. */
async function certificateOf(
  { clients, place }: SiteContext,
  { identity, config }: Deployment,
  known: SiteDocument | undefined,
) {
  const { CertificateArn } = config.Servers;
  const former = cert(known?.certificate);
  if (CertificateArn !== undefined) {
    return { certificate: { arn: CertificateArn }, text: former.certificate };
  }
  const own =
    known?.certificate === undefined
      ? await makeCertificate(identity.name, (await place()).region)
      : { certificate: known.certificate, key: undefined };
  const keySecretArn = await ensureSecret(clients, identity, {
    name: BALANCER_KEY,
    make: () => {
      if (own.key !== undefined) return own.key;
      const message = `the key of the certificate of site ${identity.name} is not in Secrets Manager any more`;
      throw new SluiceError("SECRET_MISSING", "user", message, {
        hint: "bring it back there, or name a certificate as Servers.CertificateArn",
      });
    },
  });
  return { certificate: { body: own.certificate, keySecretArn }, text: own.certificate };
}

interface StackWork extends Deployment {
  readonly store: ObjectStore;
  readonly template: SynthesisedSite;
}

/** Makes the stack, or changes it where there is anything to change. */
async function deployStack(
  context: SiteContext,
  work: StackWork,
  options: ApplyOptions,
  say: Say,
): Promise<void> {
  const { identity, stack: former, template } = work;
  const { name } = identity;
  const changeSet = await changeSetOf(context, work, options.signal);
  if (changeSet === undefined) {
    say("stack", "done", `${siteStackName(name)} is as the file says`);
    return;
  }
  say("stack", "started", `${siteStackName(name)}, ${changeSet.changes.length} resources`);
  const since = former === undefined ? new Date(0) : await fromNowOn(context, former.id);
  const machines = Object.keys(template.revisions);
  const before = await lastWords(work.store, identity, machines);
  try {
    if (former !== undefined) await refuseLosses(context, name, changeSet);
    options.signal.throwIfAborted();
    await executeChangeSet(context, changeSet);
  } catch (error) {
    await withdraw(context, changeSet.stackId);
    throw error;
  }
  const over = new AbortController();
  const told = tellOfMachines(context, { ...work, machines, before, say, over });
  try {
    const followed = await followAny(context, changeSet.stackId, {
      ...{ since, onProgress: options.onProgress, look: siteStackById, progressOf: siteProgressOf },
      signal: AbortSignal.any([options.signal, over.signal]),
    });
    if (/^(CREATE|UPDATE)_COMPLETE$/.test(followed.stack?.status ?? "")) return;
    throw await stackFailed(work, followed);
  } catch (error) {
    if (former !== undefined && options.signal.aborted) await callOff(context, former, options);
    throw error;
  } finally {
    over.abort();
    await told;
  }
}

async function changeSetOf(
  { ...context }: SiteContext,
  { identity, config, stack: former, store, template }: StackWork,
  signal: AbortSignal,
): Promise<PreparedChangeSet | undefined> {
  const place = await context.place();
  const { bucket, name, unique } = identity;
  const files = { template: template.template, nested: {} };
  const templateUrl = await uploadTemplates(store, bucket.prefix, place.region, files);
  // A newer image of the system is no reason to make machines anew: what was found out once stays.
  const unknown = template.parameters.filter(
    (parameter) => former?.parameters[parameter.name] === undefined,
  );
  const found = await parameterValues(context.clients, place, unknown);
  const parameters = Object.fromEntries(
    template.parameters.map(({ name: key }) => [key, found[key] ?? former?.parameters[key] ?? ""]),
  );
  const changeSet = await prepareChangeSet(
    context,
    {
      stack: former?.id ?? siteStackName(name),
      type: former === undefined ? "CREATE" : "UPDATE",
      ...{ templateUrl, parameters },
      tags: {
        ...Object.fromEntries(config.Tags.map(({ Key, Value }) => [Key, Value])),
        [TAGS.site]: name,
        [TAGS.clusterId]: unique,
        [TAGS.bucket]: bucket.name,
      },
    },
    signal,
  );
  if (changeSet !== undefined || former !== undefined) return changeSet;
  throw new SluiceError("STACK_FAILED", "cloud", "CloudFormation finds nothing to make");
}

/** CloudFormation brings back what was; it may have ended just now. */
async function callOff(
  context: SiteContext,
  { id }: SiteStack,
  { onProgress }: ApplyOptions,
): Promise<void> {
  const { sdk, client } = await cloudFormation(context.clients);
  const since = await fromNowOn(context, id);
  await client.send(new sdk.CancelUpdateStackCommand({ StackName: id })).catch(() => {});
  await followAny(context, id, {
    since,
    onProgress,
    look: siteStackById,
    progressOf: siteProgressOf,
  });
}

async function stackFailed(
  { identity, config, store, stack: former }: StackWork,
  { stack, events }: Followed<SiteStack>,
): Promise<SluiceError> {
  const { name } = identity;
  const [first] = failuresIn(events);
  const seat = siteSeats(config).find(({ resource }) => resource === first?.logicalId);
  if (seat !== undefined) {
    const report = await machineReport(store, identity.bucket.prefix, seat.name);
    if (report?.status === "failed") return machineFailed(name, seat.name, report.message);
    if (/Failed to receive/.test(first?.reason ?? "")) {
      return machineLate(name, seat.name, report?.message ?? "");
    }
  }
  const why =
    first === undefined
      ? (stackReason(events) ?? stack?.reason ?? "CloudFormation gave no reason")
      : `${first.type} ${first.logicalId}: ${first.reason}`;
  const message = `the stack of site ${name} could not be ${former === undefined ? "made" : "updated"}: ${why}`;
  return new SluiceError(
    former === undefined ? "STACK_FAILED" : "UPDATE_FAILED",
    "cloud",
    message,
    {
      hint:
        former === undefined
          ? "correct what it names, then create the site again"
          : "the stack is as it was; correct what it names, and repeat it",
    },
  );
}
