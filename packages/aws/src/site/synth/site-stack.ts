import { CfnOutput, type Stack } from "aws-cdk-lib/core";
import { instanceProfile, rolePath } from "../../infrastructure/synth/iam/roles.ts";
import { Parameters } from "../../infrastructure/synth/parameters.ts";
import { tagAll } from "../../infrastructure/synth/scope.ts";
import { siteLabel } from "../../names.ts";
import { SITE_OUTPUTS } from "../outputs.ts";
import { makeSiteBalancer } from "./balancer.ts";
import type { SiteScope, SiteSynthRequest, SynthesisedSite } from "./contract.ts";
import { siteDatabase } from "./database.ts";
import { makeSiteMachines } from "./machines.ts";
import { siteNetwork } from "./network.ts";
import { makeSitePorts } from "./ports.ts";
import { clusterPolicies, siteStatements } from "./rights.ts";
import { makeSiteStorage } from "./storage.ts";
import { siteTags } from "./tags.ts";
import { makeSiteAlarms, makeSiteLogs } from "./watching.ts";

/** Fills the stack of a site. */
export function addSite(
  stack: Stack,
  request: SiteSynthRequest,
): Omit<SynthesisedSite, "template"> {
  const { config, name, unique } = request;
  const label = siteLabel(name, unique);
  const parameters = new Parameters(stack);
  const scope: SiteScope = { stack, request, config, label, parameters };
  tagAll(stack, siteTags(scope));
  const network = siteNetwork(scope);
  const ports = makeSitePorts(scope, network);
  const logs = makeSiteLogs(scope);
  const database = siteDatabase(scope, network, ports);
  const fileSystems = makeSiteStorage(scope, network, ports);
  const balancer = makeSiteBalancer(scope, network, ports, database.instances);
  const settings = { label, prefix: undefined, boundary: undefined };
  const policies = clusterPolicies(scope, rolePath(settings, "site"));
  const profile = instanceProfile(stack, "Machine", settings, {
    kind: "site",
    iam: { AdditionalIamPolicies: policies.map((Policy) => ({ Policy })) },
    statements: () => siteStatements(scope, logs.ref),
  });
  const after = [...database.instances, logs];
  const groups = makeSiteMachines(scope, { network, ports, database, balancer, profile, after });
  makeSiteAlarms(scope, { balancer, database, groups });
  const addresses = groups.map(({ name: machine, address }) => [
    SITE_OUTPUTS.address(machine),
    address,
  ]);
  const subnets = network.subnets.map(({ zone, subnetId }) => [
    SITE_OUTPUTS.subnet(zone),
    subnetId,
  ]);
  const outputs: Readonly<Record<string, string>> = {
    [SITE_OUTPUTS.url]: balancer.url,
    [SITE_OUTPUTS.vpc]: network.vpcId,
    [SITE_OUTPUTS.database]: database.host,
    [SITE_OUTPUTS.mungeKey]: request.secrets.munge,
    [SITE_OUTPUTS.jwtKey]: request.secrets.jwt,
    [SITE_OUTPUTS.headPorts]: ports.heads,
    [SITE_OUTPUTS.memberPorts]: ports.members,
    ...Object.fromEntries([...addresses, ...subnets]),
    ...fileSystems,
  };
  for (const [id, value] of Object.entries(outputs)) new CfnOutput(stack, id, { value });
  return {
    parameters: parameters.list,
    revisions: Object.fromEntries(groups.map((one) => [one.name, one.revision])),
  };
}
