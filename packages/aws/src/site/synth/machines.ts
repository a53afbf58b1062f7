import { createHash } from "node:crypto";
import type { SiteIdentity } from "@sluice/boot";
import { ec2InstanceType } from "@sluice/model";
import { CfnAutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import { CfnLaunchTemplate, CfnNetworkInterface } from "aws-cdk-lib/aws-ec2";
import { CfnParameter } from "aws-cdk-lib/aws-ssm";
import { Aws, Tags } from "aws-cdk-lib/core";
import { given } from "../../infrastructure/synth/given.ts";
import { rootDevice } from "../../infrastructure/synth/machine-facts.ts";
import { type Awaited, tagSpecifications, templateTags } from "../../infrastructure/synth/scope.ts";
import { siteFactsPath, siteLogGroup, TAGS } from "../../names.ts";
import type { SiteMachineFacts } from "../../site-facts.ts";
import { type SiteSeatPlan, siteSeats } from "../machines.ts";
import type { SiteBalancer } from "./balancer.ts";
import type { SiteScope } from "./contract.ts";
import type { SiteDatabase } from "./database.ts";
import type { SiteNetwork } from "./network.ts";
import type { SitePorts } from "./ports.ts";
import { siteTags } from "./tags.ts";

/** What machines boot: as little as there is, kept up to date for years. */
export const SITE_OS = "debian13";

/** Seconds in which a machine boots, makes the tables of the database and starts its server. */
const READY_WITHIN = 1800;

const ROOT_GIB = 20;

interface SiteMachineGround {
  readonly network: SiteNetwork;
  readonly ports: SitePorts;
  readonly database: SiteDatabase;
  readonly balancer: SiteBalancer;
  /** Name of the instance profile. */
  readonly profile: string;
  readonly after: readonly Awaited[];
}

export interface SiteSeat extends SiteSeatPlan {
  readonly interface: CfnNetworkInterface;
  readonly address: string;
}

export interface SiteGroup extends SiteSeat {
  readonly group: CfnAutoScalingGroup;
  /** See `SynthesisedSite.revisions`. */
  readonly revision: string;
}

/** Machines, each a group of one on an interface that stays when it goes, as heads are. */
export function makeSiteMachines(scope: SiteScope, ground: SiteMachineGround) {
  const seats = siteSeats(scope.config).map((plan) => makeSeat(scope, ground, plan));
  const facts = new Facts(scope, seats, ground);
  const groups = seats.map((seat) => makeMachine(scope, ground, { seat, facts }));
  return groups;
}

function makeSeat(
  { stack, request }: SiteScope,
  { network, ports }: SiteMachineGround,
  plan: SiteSeatPlan,
): SiteSeat {
  const made = new CfnNetworkInterface(stack, `${plan.resource}Interface`, {
    description: `${plan.name} of Sluice's site ${request.name}`,
    subnetId: network.subnets.find(({ zone }) => zone === plan.zone)?.subnetId ?? "",
    groupSet: [ports.machines],
  });
  return { ...plan, interface: made, address: made.attrPrimaryPrivateIpAddress };
}

type Part = {
  readonly [K in keyof SiteMachineFacts]?: SiteMachineFacts[K] extends SiteIdentity
    ? Partial<SiteIdentity>
    : SiteMachineFacts[K];
};

/** What machines have to know, as parameters of SSM; see `SiteMachineFacts`. */
class Facts {
  readonly #scope: SiteScope;
  readonly #common: Part;
  readonly #parameter: CfnParameter;

  constructor(scope: SiteScope, seats: readonly SiteSeat[], ground: SiteMachineGround) {
    this.#scope = scope;
    this.#common = commonPart(scope, seats, ground);
    this.#parameter = this.#put("FactsSite", "site/common", this.#common);
  }

  /** @returns what has to be there before the machine boots, and the hash of all it is made of. */
  of(
    seat: SiteSeat,
    userData: string,
  ): { readonly parameters: readonly CfnParameter[]; readonly revision: string } {
    const { name, address, number, resource } = seat;
    const own: Part = {
      stack: { id: Aws.STACK_ID, resource },
      identity: { name, address, number, hasServer: true },
    };
    const parameter = this.#put(`Facts${resource}`, `machines/${name}/own`, own);
    const all = this.#scope.stack.resolve([this.#common, own, userData]) as unknown;
    const revision = createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 16);
    return { parameters: [this.#parameter, parameter], revision };
  }

  #put(id: string, name: string, part: Part): CfnParameter {
    const { stack, request } = this.#scope;
    return new CfnParameter(stack, id, {
      name: `${siteFactsPath(request.name, request.unique)}/${name}`,
      type: "String",
      value: stack.toJsonString(part),
    });
  }
}

function commonPart(
  { config, request }: SiteScope,
  seats: readonly SiteSeat[],
  { network, database, balancer }: SiteMachineGround,
): Part {
  const { host, port, user } = database;
  const peers = seats.filter(({ hasAccounting }) => hasAccounting);
  return given({
    bucket: request.bucket,
    secrets: request.secrets,
    serverFileKey: request.serverFileKey,
    logGroup: siteLogGroup(request.name, request.unique),
    identity: {
      site: request.name,
      provider: "aws",
      peers: [],
      databaseAddress: host,
      database: { host, port, user },
      slurmdbd: peers.map(({ name, address }) => ({ name, address })),
      publicUrl: balancer.url,
      trustedProxies: network.balancerRanges,
      failover: {
        resubmitPending: config.Failover.ResubmitPending,
        afterSeconds: config.Failover.After.seconds,
      },
    },
  });
}

function makeMachine(
  scope: SiteScope,
  ground: SiteMachineGround,
  { seat, facts }: { readonly seat: SiteSeat; readonly facts: Facts },
): SiteGroup {
  const { stack, request } = scope;
  const { name, resource, zone } = seat;
  const userData = request.userData({ name, resource });
  const { parameters, revision } = facts.of(seat, userData);
  const template = launchTemplate(scope, ground, { seat, userData, revision });
  const group = new CfnAutoScalingGroup(stack, resource, {
    availabilityZones: [zone],
    minSize: "0",
    maxSize: "1",
    desiredCapacity: "1",
    // A server that is not well for want of its database must not be replaced for that.
    healthCheckType: "EC2",
    healthCheckGracePeriod: 300,
    launchTemplate: { launchTemplateId: template.ref, version: template.attrLatestVersionNumber },
    targetGroupArns: [ground.balancer.targets],
    metricsCollection: [
      { granularity: "1Minute", metrics: ["GroupDesiredCapacity", "GroupInServiceInstances"] },
    ],
  });
  Tags.of(group).add("Name", machineTitle(scope, seat));
  Tags.of(group).add(TAGS.role, "site");
  Tags.of(group).add(TAGS.siteMachine, name);
  group.cfnOptions.creationPolicy = {
    resourceSignal: { count: 1, timeout: `PT${READY_WITHIN}S` },
  };
  group.cfnOptions.updatePolicy = {
    autoScalingScheduledAction: { ignoreUnmodifiedGroupSizeProperties: true },
  };
  for (const resource of [...parameters, ...ground.after, ...ground.network.routes]) {
    group.node.addDependency(resource);
  }
  return { ...seat, group, revision };
}

function machineTitle({ request }: SiteScope, { name }: SiteSeatPlan): string {
  return `sluice site ${request.name} ${name}`;
}

function launchTemplate(
  scope: SiteScope,
  { profile }: SiteMachineGround,
  made: { readonly seat: SiteSeat; readonly userData: string; readonly revision: string },
): CfnLaunchTemplate {
  const { stack, config, parameters } = scope;
  const { seat, userData, revision } = made;
  const { InstanceType: instanceType } = config.Servers;
  const [arch = "x86_64"] = ec2InstanceType(instanceType)?.arch ?? [];
  const tags = {
    ...siteTags(scope),
    Name: machineTitle(scope, seat),
    [TAGS.role]: "site",
    [TAGS.siteMachine]: seat.name,
    [TAGS.revision]: revision,
  };
  return new CfnLaunchTemplate(stack, `${seat.resource}Template`, {
    tagSpecifications: templateTags(siteTags(scope)),
    launchTemplateData: {
      instanceType,
      imageId: parameters.image(SITE_OS, arch),
      iamInstanceProfile: { name: profile },
      networkInterfaces: [{ deviceIndex: 0, networkInterfaceId: seat.interface.ref }],
      blockDeviceMappings: [
        {
          deviceName: rootDevice(SITE_OS),
          ebs: {
            ...{ volumeType: "gp3", volumeSize: ROOT_GIB },
            ...{ encrypted: true, deleteOnTermination: true },
          },
        },
      ],
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
      },
      monitoring: { enabled: true },
      userData: Buffer.from(userData).toString("base64"),
      tagSpecifications: tagSpecifications(tags),
    },
  });
}
