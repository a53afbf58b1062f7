import { randomUUID } from "node:crypto";
import type {
  Activity,
  AutoScalingGroup,
  Instance as GroupInstance,
  LifecycleHook,
  LifecycleState,
} from "@aws-sdk/client-auto-scaling";
import { type Call, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { type Machine, REASONS } from "../ec2/machine.ts";
import { launchInput } from "./launch-input.ts";

/** A machine of a group, on its way in or out. */
interface Member {
  readonly machine: Machine;
  state: LifecycleState;
  /** What somebody has to say before the machine goes on; see `CompleteLifecycleAction`. */
  waiting:
    | { readonly hook: LifecycleHook; readonly token: string; timer: NodeJS.Timeout }
    | undefined;
  readonly activity: Activity;
}

/** Milliseconds until a launch that failed is tried again: the first, and at most. */
const RETRY = { first: 40, most: 1000 };

type Transition = "autoscaling:EC2_INSTANCE_LAUNCHING" | "autoscaling:EC2_INSTANCE_TERMINATING";

/**
 * Keeps as many machines as are desired. Each change, of the group or of a machine, makes it look
 * again at all of them, and do what is missing.
 */
export class Group {
  /** As DescribeAutoScalingGroups tells of it, but for its machines. */
  readonly row: AutoScalingGroup;
  readonly hooks = new Map<string, LifecycleHook>();
  /** The newest first. */
  readonly activities: Activity[] = [];
  isGoing = false;
  readonly #region: Region;
  readonly #members = new Map<string, Member>();
  readonly #onEmpty: (group: Group) => void;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isClosed = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;

  /** @param onEmpty is told when a group that is going has no machine left. */
  constructor(region: Region, row: AutoScalingGroup, onEmpty: (group: Group) => void) {
    this.#region = region;
    this.row = row;
    this.#onEmpty = onEmpty;
  }

  get name(): string {
    return this.row.AutoScalingGroupName ?? "";
  }

  get members(): readonly GroupInstance[] {
    return [...this.#members.values()].map(({ machine, state }) => ({
      InstanceId: machine.id,
      InstanceType: machine.type,
      AvailabilityZone: machine.zone,
      LifecycleState: state,
      HealthStatus: isAlive(machine) ? "Healthy" : "Unhealthy",
      LaunchTemplate: this.row.LaunchTemplate,
      ProtectedFromScaleIn: false,
    }));
  }

  has(instanceId: string | undefined): boolean {
    return instanceId !== undefined && this.#members.has(instanceId);
  }

  /** Something is different: the group, or one of its machines. */
  look(): void {
    if (this.#isClosed) return;
    if (this.#looking !== undefined) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = this.#pass()
      .catch((error: unknown) => {
        this.#region.defects.push(error);
      })
      .finally(() => {
        this.#looking = undefined;
        const again = this.#lookAgain;
        this.#lookAgain = false;
        if (again) this.look();
      });
  }

  /** Takes one machine away, whatever is desired. */
  remove(instanceId: string, cause: string): Activity {
    const member = this.#members.get(instanceId);
    if (member === undefined) throw noMember(instanceId);
    return this.#takeAway(member, cause);
  }

  /** @throws ServiceError when no machine waits there. */
  complete(instanceId: string | undefined, token: string | undefined, result: string): void {
    const member = [...this.#members.values()].find(
      ({ machine, waiting }) =>
        waiting !== undefined && (machine.id === instanceId || waiting.token === token),
    );
    if (member === undefined) {
      throw new ServiceError(
        "ValidationError",
        `No active Lifecycle Action found with instance ID ${instanceId}`,
      );
    }
    this.#goOn(member, result);
  }

  /** Leaves its machines alone from now on. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    for (const { waiting } of this.#members.values()) clearTimeout(waiting?.timer);
  }

  async #pass(): Promise<void> {
    for (const member of [...this.#members.values()]) this.#follow(member);
    if (this.isGoing && this.#members.size === 0) {
      this.#onEmpty(this);
      return;
    }
    const here = [...this.#members.values()].filter(
      ({ state }) => !state.startsWith("Terminating"),
    );
    const desired = this.isGoing ? 0 : (this.row.DesiredCapacity ?? 0);
    for (const member of surplus(here, here.length - desired)) {
      this.#takeAway(member, `a difference between desired and actual capacity: ${desired}.`);
    }
    if (here.length < desired && this.#retry === undefined) {
      await this.#launch(here);
    }
  }

  /** Brings what the group knows of a machine in line with what EC2 says. */
  #follow(member: Member): void {
    const { machine } = member;
    if (machine.state === "terminated") {
      clearTimeout(member.waiting?.timer);
      this.#members.delete(machine.id);
      this.#finish(member.activity, "Successful");
      this.#tell("EC2 Instance Terminate Successful", { EC2InstanceId: machine.id });
      return;
    }
    if (member.state === "Pending" && machine.state === "running") {
      if (!this.#wait(member, "autoscaling:EC2_INSTANCE_LAUNCHING")) this.#serve(member);
    } else if (!isAlive(machine) && !member.state.startsWith("Terminating")) {
      this.#takeAway(member, "an EC2 health check indicating it has been terminated or stopped.");
    }
  }

  #serve(member: Member): void {
    member.state = "InService";
    this.#finish(member.activity, "Successful");
    this.#tell("EC2 Instance Launch Successful", { EC2InstanceId: member.machine.id });
  }

  #takeAway(member: Member, cause: string): Activity {
    const { machine } = member;
    if (member.state.startsWith("Terminating")) return member.activity;
    clearTimeout(member.waiting?.timer);
    member.waiting = undefined;
    const activity = this.#begin(
      `Terminating EC2 instance: ${machine.id}`,
      `At ${this.#region.now().toISOString()} an instance was taken out of service in response to ${cause}`,
    );
    machine.targetLifecycleState = "Terminated";
    const leaving: Member = { ...member, state: "Terminating", activity };
    this.#members.set(machine.id, leaving);
    const mayWait = isAlive(machine);
    if (mayWait && this.#wait(leaving, "autoscaling:EC2_INSTANCE_TERMINATING")) return activity;
    this.#region.ec2.instances.terminate(machine, REASONS.user);
    return activity;
  }

  /** @returns whether there is a hook to wait for. */
  #wait(member: Member, transition: Transition): boolean {
    const hook = [...this.hooks.values()].find((one) => one.LifecycleTransition === transition);
    if (hook === undefined) return false;
    const token = randomUUID();
    const timer = setTimeout(
      () => this.#goOn(member, hook.DefaultResult ?? "ABANDON"),
      (hook.HeartbeatTimeout ?? 3600) * 1000,
    );
    timer.unref();
    member.waiting = { hook, token, timer };
    const isLaunch = transition === "autoscaling:EC2_INSTANCE_LAUNCHING";
    member.state = isLaunch ? "Pending:Wait" : "Terminating:Wait";
    this.#tell(`EC2 Instance-${isLaunch ? "launch" : "terminate"} Lifecycle Action`, {
      EC2InstanceId: member.machine.id,
      LifecycleActionToken: token,
      LifecycleHookName: hook.LifecycleHookName,
      LifecycleTransition: transition,
      NotificationMetadata: hook.NotificationMetadata,
    });
    return true;
  }

  #goOn(member: Member, result: string): void {
    clearTimeout(member.waiting?.timer);
    member.waiting = undefined;
    if (member.state === "Terminating:Wait") {
      member.state = "Terminating:Proceed";
      this.#region.ec2.instances.terminate(member.machine, REASONS.user);
    } else if (result === "CONTINUE") {
      this.#serve(member);
    } else {
      this.#takeAway(member, "a lifecycle action that was abandoned.");
    }
    this.look();
  }

  async #launch(here: readonly Member[]): Promise<void> {
    const zone = this.#emptiestZone(here);
    const activity = this.#begin(
      "Launching a new EC2 instance",
      `At ${this.#region.now().toISOString()} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${here.length} to ${here.length + 1}.`,
    );
    try {
      const [machine] = await this.#region.ec2.launch(
        launchInput(this.#region, this.row, zone),
        this.#call(),
        [{ Key: "aws:autoscaling:groupName", Value: this.name }],
      );
      if (machine === undefined) throw new Error("a launch of one machine gave none");
      this.#failures = 0;
      activity.Description = `Launching a new EC2 instance: ${machine.id}`;
      machine.targetLifecycleState = "InService";
      this.#members.set(machine.id, { machine, state: "Pending", waiting: undefined, activity });
      this.#lookAgain = true;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.#finish(activity, "Failed", `${error.message} Launching EC2 instance failed.`);
      this.#tell("EC2 Instance Launch Unsuccessful", { StatusMessage: error.message });
      this.#tryLater();
    }
  }

  #emptiestZone(here: readonly Member[]): string {
    const zones = this.row.AvailabilityZones ?? [];
    const count = (zone: string) => here.filter(({ machine }) => machine.zone === zone).length;
    const after = this.#failures;
    // A zone without capacity is left for the next one.
    const turned = zones.map((_, at) => zones[(at + after) % zones.length] ?? "");
    return turned.toSorted((a, b) => count(a) - count(b))[0] ?? "";
  }

  #tryLater(): void {
    const delay = Math.min(RETRY.most, RETRY.first * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.look();
    }, delay);
    this.#retry.unref();
  }

  /** Auto Scaling acts by its own service-linked role, which may do all of this. */
  #call(): Call {
    const { root: caller } = this.#region;
    const requestId = randomUUID();
    return { service: "autoscaling", operation: "RunInstances", caller, requestId, headers: {} };
  }

  #begin(Description: string, Cause: string): Activity {
    const activity: Activity = {
      ActivityId: randomUUID(),
      AutoScalingGroupName: this.name,
      Description,
      Cause,
      StartTime: this.#region.now(),
      StatusCode: "InProgress",
      Progress: 0,
    };
    this.activities.unshift(activity);
    return activity;
  }

  #finish(activity: Activity, status: "Successful" | "Failed", message?: string): void {
    if (activity.StatusCode !== "InProgress") return;
    activity.StatusCode = status;
    activity.StatusMessage = message;
    activity.EndTime = this.#region.now();
    activity.Progress = 100;
  }

  #tell(detailType: string, detail: object): void {
    const AutoScalingGroupName = this.name;
    this.#region
      .emitEvent({
        source: "aws.autoscaling",
        detailType,
        detail: { AutoScalingGroupName, ...detail },
        resources: [this.row.AutoScalingGroupARN ?? ""],
      })
      .catch((error: unknown) => this.#region.defects.push(error));
  }
}

function isAlive({ state }: Machine): boolean {
  return state === "pending" || state === "running";
}

/** Those that go when there are too many: of the fullest zone, the oldest first. */
function surplus(members: readonly Member[], count: number): Member[] {
  const left = [...members];
  const gone: Member[] = [];
  while (gone.length < count) {
    const fullness = ({ machine }: Member) =>
      left.filter((other) => other.machine.zone === machine.zone).length;
    const [next] = left.toSorted((a, b) => fullness(b) - fullness(a));
    if (next === undefined) break;
    left.splice(left.indexOf(next), 1);
    gone.push(next);
  }
  return gone;
}

export function noMember(instanceId: string): ServiceError {
  return new ServiceError(
    "ValidationError",
    `Instance Id not found - No managed instance found for instance ID: ${instanceId}`,
  );
}
