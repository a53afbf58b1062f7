import type { ExecResult, Sites } from "@sluice/cloud";
import { isSluiceError, SluiceError } from "@sluice/model";
import { ObjectStore } from "../bucket.ts";
import { parameterValues } from "../infrastructure/deploy/parameters.ts";
import { awsShell } from "../shell.ts";
import { applySite, nameTaken } from "./deploy/apply.ts";
import { destroySite } from "./deploy/destroy.ts";
import { siteEvents } from "./deploy/events.ts";
import { givenNetwork } from "./deploy/given-network.ts";
import { siteMachines } from "./deploy/machines.ts";
import { sitePlanSteps } from "./deploy/plan/steps.ts";
import { readSiteRequest, type SiteContext, sampleSite } from "./deploy/prepare.ts";
import { siteRecord } from "./deploy/record.ts";
import {
  keepSiteSecret,
  readSiteSecrets,
  requireSecretNames,
  type SiteOwner,
} from "./deploy/secrets.ts";
import { findSiteStack, isSiteNameTaken, listSiteStacks, type SiteStack } from "./deploy/stack.ts";

/** Of the server on a machine of a site, while there is no administrator. */
const FIRST_LINK = "/var/lib/sluice/server/first-link";

/** Sites in an account: one stack for each, beside the stacks of its clusters. */
export function awsSites(context: SiteContext): Sites {
  const { clients } = context;
  const require = async (name: string): Promise<SiteStack> => {
    const stack = await findSiteStack(clients, name);
    if (stack !== undefined) return stack;
    throw new SluiceError("SITE_NOT_FOUND", "user", `there is no site ${name}`, {
      hint: "see which there are (sluice list-sites)",
    });
  };
  const owner = async (name: string): Promise<SiteOwner> => {
    const { unique } = await require(name);
    return { name, unique };
  };
  const exec = siteExec(context, require);
  return {
    async plan(request) {
      const place = await context.place();
      const config = readSiteRequest(request, place);
      requireSecretNames(request.secrets ?? {});
      const former = await findSiteStack(clients, request.name);
      if (former === undefined && (await isSiteNameTaken(clients, request.name))) {
        throw nameTaken(request.name);
      }
      const network = await givenNetwork(clients, place, config);
      const sample = await sampleSite(request.name, config, place, network);
      await parameterValues(clients, place, sample.parameters);
      return { steps: sitePlanSteps(request.name, { config, place, sample }) };
    },
    apply: (request, options) => applySite(context, request, options),
    destroy: (name, options) => destroySite(context, name, options),
    async describe(name) {
      const stack = await findSiteStack(clients, name);
      return stack === undefined ? undefined : siteRecord(context, stack);
    },
    async list() {
      const stacks = await listSiteStacks(clients);
      return Promise.all(stacks.map((stack) => siteRecord(context, stack)));
    },
    events: async (name) => siteEvents(context, await require(name)),
    async firstLink(name) {
      const stack = await require(name);
      const store = new ObjectStore(clients, stack.bucket.name);
      for (const { node, isReady } of await siteMachines(clients, store, stack)) {
        if (!isReady) continue;
        const { exitCode, stdout } = await exec(name, node, ["cat", FIRST_LINK]);
        if (exitCode === 0) return { url: stdout.trim() };
      }
      return undefined;
    },
    exec,
    secrets: async (name) => readSiteSecrets(clients, await owner(name)),
    keepSecret: async (name, secret, content) =>
      keepSiteSecret(clients, await owner(name), secret, content),
  };
}

/** By Systems Manager, as on heads. Errors: `SITE_MACHINE_OFF`. */
function siteExec(
  context: SiteContext,
  require: (name: string) => Promise<SiteStack>,
): Sites["exec"] {
  const { clients, clock, lookEvery } = context;
  return async (site, node, argv, options): Promise<ExecResult> => {
    const stack = await require(site);
    const store = new ObjectStore(clients, stack.bucket.name);
    const machines = await siteMachines(clients, store, stack);
    const machine = machines.find((one) => one.node === node && one.state === "running");
    if (machine === undefined) throw machineOff(site, node);
    const shell = awsShell({
      clients,
      head: async () => machine,
      login: async () => undefined,
      region: async () => (await context.place()).region,
      sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
      lookEvery: lookEvery / 4,
    });
    try {
      return await shell.exec(site, { argv, user: "root", cwd: "/" }, options);
    } catch (error) {
      if (isSluiceError(error) && error.code === "HEAD_UNREACHABLE") {
        throw machineOff(site, node, error);
      }
      throw error;
    }
  };
}

function machineOff(site: string, node: string, cause?: unknown): SluiceError {
  const message = `${node} of site ${site} does not run, or takes no commands yet`;
  return new SluiceError("SITE_MACHINE_OFF", "system", message, {
    hint: `wait until it is made anew: sluice describe-site -n ${site}`,
    cause,
  });
}
