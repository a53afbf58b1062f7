import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { EC2Client } from "@aws-sdk/client-ec2";
import { CloudError, type Leadership, type Registers } from "@sluice/cloud";
import { type Clock, messageOf } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { cloudErrorOf, codeOf } from "../machines/errors.ts";

/** Of the machine itself: nothing in the network but a route says where the address is. */
const LINK = "lo";
const FENCE_MILLISECONDS = 5000;
const LOOK_MILLISECONDS = 500;
/** A route that is made by somebody else just now is there at the next try. */
const TRIES = 4;

export interface LeadershipOptions {
  /** A client that waits for seconds, not for minutes. */
  readonly ec2: () => Promise<EC2Client>;
  readonly registers: Registers;
  /** `network.headAddress` is the common address here. */
  readonly facts: ClusterFacts & Required<Pick<ClusterFacts, "leadership">>;
  /**
   * What the stack says of `routeTables` now, which an update may have changed. Where that can't be
   * read, what was known before has to do.
   */
  readonly routeTables: () => Promise<string>;
  /** Instance id. */
  readonly self: string;
  readonly clock: Clock;
  /** A command of this machine; for tests. */
  readonly run?: (argv: readonly string[]) => Promise<void>;
  /** For people: what happens beside calls. */
  readonly log: (message: string) => void;
}

interface Call {
  readonly signal?: AbortSignal;
}

/**
 * How two heads in two zones agree which of them leads, by their account. The common address is in
 * no subnet, because a subnet is in one zone: it is on the loopback of the machine that leads, and a
 * route in every table of the cluster's network leads to that machine's interface, which takes
 * packets for addresses that are not its own (no source/destination check).
 */
export function awsLeadership(options: LeadershipOptions): Leadership {
  const { clock, facts, log, registers, run = runHere, self } = options;
  const address = facts.network.headAddress;
  let known = facts.leadership.routeTables;
  let ownInterface: string | undefined;

  /** What EC2 says of a machine; undefined when it knows none of that id. */
  async function describe(machineId: string, { signal }: Call) {
    const { DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
    try {
      const client = await options.ec2();
      const command = new DescribeInstancesCommand({ InstanceIds: [machineId] });
      const { Reservations = [] } = await client.send(command, given(signal));
      return Reservations[0]?.Instances?.[0];
    } catch (error) {
      signal?.throwIfAborted();
      if (codeOf(error) === "InvalidInstanceID.NotFound") return undefined;
      throw cloudErrorOf(error, `machine ${machineId}`);
    }
  }

  async function isOff(machineId: string, call: Call): Promise<boolean> {
    const state = (await describe(machineId, call))?.State?.Name;
    // EC2 forgets machines an hour after they have ended; one that holds a lease it knows.
    return state === undefined || state === "terminated" || state === "stopped";
  }

  async function interfaceOf(call: Call): Promise<string> {
    const found = (await describe(self, call))?.NetworkInterfaces ?? [];
    const first = found.find(({ Attachment }) => Attachment?.DeviceIndex === 0) ?? found[0];
    if (first?.NetworkInterfaceId !== undefined) return first.NetworkInterfaceId;
    throw new CloudError("Transient", `EC2 tells no network interface of ${self}`);
  }

  async function tables(): Promise<readonly string[]> {
    known = await options.routeTables().catch((error: unknown) => {
      log(`routes are moved in the tables that were known before: ${messageOf(error)}`);
      return known;
    });
    return [...new Set(known.split(","))].map((arn) => arn.replace(/^.*\//, ""));
  }

  return {
    self,
    address,
    registers,

    isGone: (machineId, call = {}) => isOff(machineId, call).catch(() => false),

    async fence(machineId, call = {}) {
      if (machineId === self || !/^i-[0-9a-f]+$/.test(machineId)) {
        throw new CloudError("LaunchRejected", `${machineId} is no other machine`);
      }
      const until = clock.now().getTime() + FENCE_MILLISECONDS;
      if (!(await terminate(await options.ec2(), machineId, call))) return "off";
      for (;;) {
        if (await isOff(machineId, call)) return "off";
        if (clock.now().getTime() >= until) return "unsure";
        await clock.sleep(LOOK_MILLISECONDS, call.signal);
        call.signal?.throwIfAborted();
      }
    },

    async takeAddress(call = {}) {
      await run(["ip", "address", "replace", `${address}/32`, "dev", LINK]);
      ownInterface ??= await interfaceOf(call);
      const route = { address, networkInterface: ownInterface };
      const client = await options.ec2();
      const all = await tables();
      call.signal?.throwIfAborted();
      await Promise.all(all.map((table) => lead(client, { ...route, table }, log, call)));
    },

    async dropAddress() {
      // Unlike `delete` it is content with an address that is not here, whose error each kernel words
      // in its own way.
      await run(["ip", "address", "flush", "dev", LINK, "to", `${address}/32`]);
    },
  };
}

/** Powers a machine off for good; its group makes another. False when there is none. */
async function terminate(client: EC2Client, machineId: string, { signal }: Call): Promise<boolean> {
  const { TerminateInstancesCommand } = await import("@aws-sdk/client-ec2");
  try {
    // What it still does is not wanted, so that it is not asked to end.
    const command = new TerminateInstancesCommand({
      InstanceIds: [machineId],
      SkipOsShutdown: true,
    });
    await client.send(command, given(signal));
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    if (codeOf(error) === "InvalidInstanceID.NotFound") return false;
    throw cloudErrorOf(error, `machine ${machineId}`);
  }
}

/** Has a table lead to an interface, whatever it did before. One that is gone leads nobody anywhere. */
async function lead(
  client: EC2Client,
  want: { readonly table: string; readonly address: string; readonly networkInterface: string },
  log: (message: string) => void,
  { signal }: Call,
): Promise<void> {
  const { CreateRouteCommand, ReplaceRouteCommand } = await import("@aws-sdk/client-ec2");
  const input = {
    RouteTableId: want.table,
    DestinationCidrBlock: `${want.address}/32`,
    NetworkInterfaceId: want.networkInterface,
  };
  for (let tries = 1; ; tries++) {
    // The first time of all, or after somebody has removed it, there is none to replace.
    const command =
      tries % 2 === 1 ? new ReplaceRouteCommand(input) : new CreateRouteCommand(input);
    try {
      await client.send(command as InstanceType<typeof ReplaceRouteCommand>, given(signal));
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (codeOf(error) === "InvalidRouteTableID.NotFound") {
        log(
          `the route table ${want.table} is gone; an update of the cluster finds those there are`,
        );
        return;
      }
      if (isAboutRoute(error) && tries < TRIES) continue;
      throw cloudErrorOf(error, `the route to ${want.address} in ${want.table}`);
    }
  }
}

/** There is none to replace, or one already. */
function isAboutRoute(error: unknown): boolean {
  if (/^(InvalidRoute\.NotFound|RouteAlreadyExists)$/.test(codeOf(error))) return true;
  return error instanceof Error && /no route defined/i.test(error.message);
}

function given(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

async function runHere(argv: readonly string[]): Promise<void> {
  const [file = "", ...args] = argv;
  await promisify(execFile)(file, args, { timeout: 5000 });
}
