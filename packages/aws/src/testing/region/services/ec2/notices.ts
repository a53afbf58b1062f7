import { randomUUID } from "node:crypto";
import type { EventCode } from "@aws-sdk/client-ec2";
import type { Instances } from "./instances.ts";
import { REASONS } from "./machine.ts";
import type { Ec2State } from "./state.ts";

/** What EC2 tells of before it takes machines away; tests order it. */
export class Notices {
  readonly #state: Ec2State;
  readonly #instances: Instances;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(state: Ec2State, instances: Instances) {
    this.#state = state;
    this.#instances = instances;
  }

  /** Takes a spot machine away, after a notice of so many seconds. EC2 gives 120. */
  async interrupt(instanceId: string, inSeconds: number): Promise<void> {
    const machine = this.#instances.get(instanceId);
    if (machine.row.InstanceLifecycle !== "spot") {
      throw new Error(`${instanceId} is not a spot machine`);
    }
    const at = new Date(this.#state.region.now().getTime() + inSeconds * 1000);
    machine.spotNotice = { action: "terminate", at };
    this.#later(inSeconds, () => this.#instances.terminate(machine, REASONS.spot));
    await this.#state.region.emitEvent({
      source: "aws.ec2",
      detailType: "EC2 Spot Instance Interruption Warning",
      detail: { "instance-id": instanceId, "instance-action": "terminate" },
      resources: [`arn:aws:ec2:${machine.zone}:instance/${instanceId}`],
    });
  }

  /** Says that a machine is more likely than others to be interrupted soon. */
  async recommendRebalance(instanceId: string): Promise<void> {
    const machine = this.#instances.get(instanceId);
    const { zone } = machine;
    machine.rebalanceAt = this.#state.region.now();
    await this.#state.region.emitEvent({
      source: "aws.ec2",
      detailType: "EC2 Instance Rebalance Recommendation",
      detail: { "instance-id": instanceId },
      resources: [`arn:aws:ec2:${zone}:instance/${instanceId}`],
    });
  }

  /**
   * Schedules something for a machine: `instance-retirement` and `instance-stop` end it then, the
   * other kinds are only told of.
   */
  async scheduleMaintenance(
    instanceId: string,
    { inSeconds, code = "instance-retirement" }: { inSeconds: number; code?: EventCode },
  ): Promise<void> {
    const machine = this.#instances.get(instanceId);
    const start = this.#state.region.now();
    const NotBefore = new Date(start.getTime() + inSeconds * 1000);
    machine.events.push({
      InstanceEventId: `instance-event-0${randomUUID().replaceAll("-", "").slice(0, 16)}`,
      Code: code,
      Description: "The instance is running on degraded hardware",
      NotBefore,
    });
    if (code === "instance-retirement" || code === "instance-stop") {
      this.#later(inSeconds, () => this.#instances.stop(machine, REASONS.maintenance));
    }
    const type = `AWS_EC2_${code.replace("instance-", "INSTANCE_").toUpperCase().replaceAll("-", "_")}_SCHEDULED`;
    await this.#state.region.emitEvent({
      source: "aws.health",
      detailType: "AWS Health Event",
      detail: {
        eventArn: `arn:aws:health:${this.#state.region.name}::event/EC2/${type}/${type}_${randomUUID()}`,
        service: "EC2",
        eventTypeCode: type,
        eventTypeCategory: "scheduledChange",
        eventScopeCode: "ACCOUNT_SPECIFIC",
        statusCode: "upcoming",
        startTime: NotBefore.toUTCString(),
        eventDescription: [
          { language: "en_US", latestDescription: "EC2 has detected degradation of the hardware." },
        ],
        affectedEntities: [{ entityValue: instanceId, tags: {} }],
        affectedAccount: this.#state.region.account,
        page: "1",
        totalPages: "1",
      },
      resources: [instanceId],
    });
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(seconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, seconds * 1000);
    timer.unref();
    this.#timers.add(timer);
  }
}
