import { gzipSync } from "node:zlib";
import type { Agent } from "@sluice/boot";
import type { GuestAccess } from "@sluice/cloud";
import { OBJECTS, stackName } from "../names.ts";
import { agentScript } from "./agent.ts";
import { guestProgram } from "./program.ts";

export interface AwsGuestOptions {
  readonly region: string;
  readonly bucket: string;
  readonly name: string;
  readonly unique: string;
  /** `OBJECTS.prefix`. */
  readonly prefix: string;
  /** Logical id in the stack of what waits for the head. */
  readonly headResource: string;
  /** Name of the stack, where it is not the cluster's. */
  readonly stack?: string;
}

/** The part of `GuestAccess` that is the same for every machine, and what head and login begin with. */
export interface AwsGuest {
  readonly files: NonNullable<GuestAccess["files"]>;
  readonly pack: NonNullable<GuestAccess["pack"]>;
  readonly identityCommand: string;
  readonly noticeCommand: string;
  readonly fetchUrlCommand: string;
  readonly publishCommand: string;
  readonly localDisks: string;
  /** `FETCH KEY FILE`: an object of the cluster's bucket. */
  readonly fetchCommand: string;
  /** `REPORT failed MESSAGE`, of a head. */
  readonly reportCommand: string;
  /** Ends when the group of the machine takes it away. */
  readonly leavingCommand: string;
  /** `LET-GO GROUP HOOK`: the group need not wait any longer. */
  readonly letGoCommand: string;
  /** For heads and login machines: what the command line reaches them by. */
  readonly agent: Agent;
  /** Key of what `publishCommand` leaves. */
  readonly joinKey: string;
}

const PROGRAM = "/etc/sluice/guest";
const AGENT = "/etc/sluice/agent";

/** As udev names them, each by more than one name, and EBS volumes by others. */
const INSTANCE_STORE = "/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_*";

/** How machines on EC2 speak with their account before our own program does. */
export function awsGuest(options: AwsGuestOptions): AwsGuest {
  const { region, bucket, name, unique, prefix, headResource, stack = stackName(name) } = options;
  const content = guestProgram({
    region,
    bucket,
    prefix,
    cluster: `${name}-${unique}`,
    stack,
    resource: headResource,
  });
  const joinKey = OBJECTS.join(prefix);
  return {
    // Half of what user data may hold, if it went as it is.
    files: [{ path: PROGRAM, mode: 0o700, content: packed(content), encoding: "gz+b64" }],
    pack: packed,
    identityCommand: `${PROGRAM} identity`,
    noticeCommand: `${PROGRAM} notices`,
    fetchUrlCommand: `${PROGRAM} fetch-url`,
    publishCommand: `${PROGRAM} store ${joinKey}`,
    localDisks: INSTANCE_STORE,
    fetchCommand: `${PROGRAM} fetch`,
    reportCommand: `${PROGRAM} report`,
    leavingCommand: `${PROGRAM} leaving`,
    letGoCommand: `${PROGRAM} let-go`,
    agent: {
      files: [
        {
          path: AGENT,
          mode: 0o700,
          content: packed(agentScript(region, `${PROGRAM} fetch-url`)),
          encoding: "gz+b64",
        },
      ],
      command: AGENT,
    },
    joinKey,
  };
}

function packed(text: string): string {
  return gzipSync(text, { level: 9 }).toString("base64");
}
