import type { EC2Client } from "@aws-sdk/client-ec2";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Consoles, Machines, NoticeDesk, Standby } from "@sluice/cloud";
import type { Clock, ClusterConfig } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { Asker } from "./asker.ts";
import { awsConsoles } from "./consoles.ts";
import { Ground } from "./ground.ts";
import { AwsLauncher } from "./launcher.ts";
import { Notices } from "./notices.ts";
import { Orders } from "./orders.ts";
import { Roster } from "./roster.ts";
import type { MachineStore } from "./store.ts";
import type { Subnets } from "./subnets.ts";

export interface AwsMachinesOptions {
  readonly ec2: () => Promise<EC2Client>;
  /** Makes each call once: of launches the node manager must hear at once. */
  readonly launchingEc2: () => Promise<EC2Client>;
  readonly sqs: () => Promise<SQSClient>;
  readonly config: () => ClusterConfig;
  readonly facts: ClusterFacts;
  readonly subnets: Subnets;
  readonly store: () => MachineStore;
  readonly clock: Clock;
  /** For people: what happens beside calls. */
  readonly log: (message: string) => void;
}

/** A cluster's machines on EC2. */
export interface AwsMachines extends AsyncDisposable {
  readonly machines: Machines;
  readonly standby: Standby;
  readonly consoles: Consoles;
  readonly notices: NoticeDesk;
  readonly roster: Roster;
}

export function awsMachines(options: AwsMachinesOptions): AwsMachines {
  const { ec2, launchingEc2, sqs, facts, store, clock, subnets } = options;
  const roster = new Roster({ ec2, store, cluster: facts.cluster, clock });
  const orders = new Orders({ ec2, roster, clock });
  const launcher = new AwsLauncher({
    store,
    roster,
    clock,
    ground: new Ground(options),
    asker: new Asker(launchingEc2, subnets),
    terminate: (ids) => orders.give("terminate", ids),
  });
  const notices = new Notices({
    sqs,
    ec2,
    queueUrl: facts.noticesQueue,
    roster,
    store,
    clock,
    log: options.log,
  });
  return {
    roster,
    machines: {
      launch: (requests, call) => launcher.launch(requests, call),
      terminate: (ids, call) => orders.give("terminate", ids, call),
      list: async (call) =>
        (await roster.list(call?.signal)).filter(({ role }) => role === "compute"),
      interruptions: (signal) => notices.interruptions(signal),
      changes: (signal) => notices.changes(signal),
    },
    standby: {
      stop: (ids, call) => orders.give("stop", ids, call),
      start: (ids, call) => orders.give("start", ids, call),
    },
    consoles: awsConsoles(ec2, roster),
    notices: { tell: (notice) => notices.tell(notice) },
    [Symbol.asyncDispose]: () => notices[Symbol.asyncDispose](),
  };
}
