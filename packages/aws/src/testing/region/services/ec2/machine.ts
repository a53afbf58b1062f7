import type {
  Instance,
  InstanceStateName,
  InstanceStatusEvent,
  StateReason,
  Volume,
} from "@aws-sdk/client-ec2";
import type { Claim } from "./capacity.ts";

/** The instance profile that a machine got, as its metadata tells of it. */
export interface MachineProfile {
  readonly arn: string;
  readonly id: string;
  /** Missing while the profile has none. */
  readonly role: { readonly name: string; readonly arn: string } | undefined;
}

/** A notice that a spot machine will be taken away. */
export interface SpotNotice {
  readonly action: "terminate" | "stop";
  readonly at: Date;
}

/** An instance: its row as EC2 describes it, and what only EC2 knows. */
export interface Machine {
  readonly id: string;
  /** Changed in place as the machine's life goes on. */
  readonly row: Instance;
  readonly type: string;
  readonly zone: string;
  readonly arch: "x86_64" | "arm64";
  readonly reservationId: string;
  /** Raw. */
  readonly userData: Buffer | undefined;
  readonly profile: MachineProfile | undefined;
  readonly launchedAt: number;
  state: InstanceStateName;
  /** The states so far, and since when; calls that lag behind see older ones. */
  readonly history: { readonly state: InstanceStateName; readonly since: number }[];
  /** Of its capacity, given back when the machine is off. */
  claim: Claim | undefined;
  isRebooting: boolean;
  onShutdown: "stop" | "terminate";
  protectedFromTermination: boolean;
  spotNotice: SpotNotice | undefined;
  /** When EC2 last said that it is more likely than others to be interrupted. */
  rebalanceAt?: Date;
  /** Of machines that a group keeps: where it wants to have them. */
  targetLifecycleState?: "InService" | "Terminated";
  /** Scheduled for it. */
  readonly events: InstanceStatusEvent[];
  /** That are attached to it, or being. */
  readonly volumes: Set<Volume>;
  /** What is being done to the machine that runs; one thing after the other. */
  work: Promise<void>;
}

export const REASONS = {
  user: {
    Code: "Client.UserInitiatedShutdown",
    Message: "Client.UserInitiatedShutdown: User initiated shutdown",
  },
  itself: {
    Code: "Client.InstanceInitiatedShutdown",
    Message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
  },
  spot: {
    Code: "Server.SpotInstanceTermination",
    Message: "Server.SpotInstanceTermination: Spot instance termination",
  },
  maintenance: {
    Code: "Server.ScheduledStop",
    Message: "Server.ScheduledStop: Stopped due to a scheduled retirement",
  },
  capacity: {
    Code: "Server.InsufficientInstanceCapacity",
    Message:
      "Server.InsufficientInstanceCapacity: There was insufficient capacity available to satisfy the launch request.",
  },
  internal: {
    Code: "Server.InternalError",
    Message: "Server.InternalError: Internal error on launch",
  },
} as const satisfies Readonly<Record<string, StateReason>>;

export type Reason = (typeof REASONS)[keyof typeof REASONS];

const STATE_CODES: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function stateRow(state: InstanceStateName) {
  return { Code: STATE_CODES[state], Name: state };
}
