import type { EC2Client } from "@aws-sdk/client-ec2";
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import type { Interruption } from "@sluice/cloud";
import { type Clock, messageOf } from "@sluice/model";
import { type MachineEvent, readEvent } from "./events.ts";
import { Fanout } from "./fanout.ts";
import type { Roster } from "./roster.ts";
import type { MachineStore } from "./store.ts";

/** SQS's longest. */
const WAIT_SECONDS = 20;
const PAUSE_FIRST_MILLISECONDS = 1000;
const PAUSE_LAST_MILLISECONDS = 60_000;
/** A machine is given that much longer than its deadline to go. */
const OVERDUE_MILLISECONDS = 600_000;
/** How often strangers' notices may have us look at the list of machines. */
const LOOK_MILLISECONDS = 15_000;

export interface NoticesOptions {
  readonly sqs: () => Promise<SQSClient>;
  readonly ec2: () => Promise<EC2Client>;
  readonly queueUrl: string;
  readonly roster: Roster;
  readonly store: () => MachineStore;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

/**
 * What the account says of machines: events that EventBridge puts into a queue of the cluster's own,
 * and what machines heard themselves. The account's events are about all of its machines; those of
 * others are passed over. The queue is read while somebody listens.
 */
export class Notices {
  readonly #options: NoticesOptions;
  readonly #notices = new Fanout<Interruption>();
  readonly #changes = new Fanout<void>();
  #reader: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #listeners = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  async *interruptions(signal: AbortSignal): AsyncGenerator<Interruption> {
    if (signal.aborted) return;
    this.#begin();
    try {
      yield* this.#notices.listen(signal, () => this.#inForce());
    } finally {
      this.#end();
    }
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void> {
    if (signal.aborted) return;
    this.#begin();
    try {
      yield* this.#changes.listen(signal);
    } finally {
      this.#end();
    }
  }

  tell(notice: Interruption): void {
    const store = this.#options.store();
    const before = this.#inForce().find((one) => one.machineId === notice.machineId);
    const isSame =
      before?.kind === notice.kind && before.deadline?.getTime() === notice.deadline?.getTime();
    if (isSame) return;
    store.saveNotice(notice);
    this.#notices.tell(notice);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reader = this.#reader;
    reader?.stop.abort();
    await reader?.ended;
  }

  /** Of machines that are there still; the others are forgotten. */
  #inForce(): readonly Interruption[] {
    const { store, roster, clock } = this.#options;
    const now = clock.now().getTime();
    const isOver = ({ machineId, deadline }: Interruption) =>
      roster.get(machineId)?.state === "gone" ||
      (deadline !== undefined && now > deadline.getTime() + OVERDUE_MILLISECONDS);
    const [over = [], inForce = []] = [true, false].map((wanted) =>
      store()
        .notices()
        .filter((notice) => isOver(notice) === wanted),
    );
    if (over.length > 0) store().dropNotices(over.map(({ machineId }) => machineId));
    return inForce;
  }

  #begin(): void {
    this.#listeners += 1;
    if (this.#reader !== undefined) return;
    const stop = new AbortController();
    const before = Promise.resolve();
    this.#reader = { stop, ended: before.then(() => this.#readAll(stop.signal)) };
  }

  #end(): void {
    this.#listeners -= 1;
    if (this.#listeners > 0) return;
    this.#reader?.stop.abort();
    this.#reader = undefined;
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let pause = PAUSE_FIRST_MILLISECONDS;
    let isScheduleRead = false;
    while (!signal.aborted) {
      try {
        // What is planned for next week must not keep us from what goes in two minutes.
        if (!isScheduleRead) isScheduleRead = await this.#triesSchedule(signal);
        await this.#readQueue(signal);
        pause = PAUSE_FIRST_MILLISECONDS;
      } catch (error) {
        if (signal.aborted) return;
        log(`notices can't be read, asked again in ${pause / 1000} s: ${messageOf(error)}`);
        await clock.sleep(pause, signal);
        pause = Math.min(pause * 2, PAUSE_LAST_MILLISECONDS);
      }
    }
  }

  async #readQueue(signal: AbortSignal): Promise<void> {
    const { queueUrl: QueueUrl } = this.#options;
    const { DeleteMessageBatchCommand, ReceiveMessageCommand } = await import(
      "@aws-sdk/client-sqs"
    );
    const client = await this.#options.sqs();
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: WAIT_SECONDS,
      }),
      { abortSignal: signal },
    );
    if (Messages.length === 0) return;
    await this.#take(Messages.map(({ Body = "" }) => readEvent(Body)));
    const Entries = Messages.map(({ ReceiptHandle }: Message, index) => ({
      Id: String(index),
      ReceiptHandle: ReceiptHandle ?? "",
    }));
    // What can't be taken away comes again, and says nothing new then.
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }

  async #take(events: readonly MachineEvent[]): Promise<void> {
    const { roster, log } = this.#options;
    let isChanged = false;
    for (const event of events) {
      switch (event.kind) {
        case "notice":
          for (const notice of event.notices) {
            if (await this.#isOurs(notice.machineId)) this.tell(notice);
          }
          break;
        case "change":
          isChanged ||= this.#isKnown(event.machineId);
          break;
        case "advice":
          if (roster.get(event.machineId) !== undefined) {
            log(`machine ${event.machineId} is likely to be taken soon, EC2 says`);
          }
          break;
        case "other":
          break;
        default:
          event satisfies never;
      }
    }
    if (!isChanged) return;
    roster.hint();
    this.#changes.tell();
  }

  #isKnown(id: string): boolean {
    const { roster, store } = this.#options;
    return roster.get(id)?.role === "compute" || store().slotOfInstance(id) !== undefined;
  }

  /** Others' machines are many, so they are looked for in the list only now and then. */
  async #isOurs(id: string): Promise<boolean> {
    if (this.#isKnown(id)) return true;
    const now = this.#options.clock.now().getTime();
    if (now - this.#lookedAt < LOOK_MILLISECONDS) return false;
    this.#lookedAt = now;
    await this.#options.roster.read();
    return this.#isKnown(id);
  }

  async #triesSchedule(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#readSchedule(signal);
      return true;
    } catch (error) {
      if (!signal.aborted) {
        this.#options.log(`what EC2 has planned can't be read yet: ${messageOf(error)}`);
      }
      return false;
    }
  }

  /** What EC2 has planned for machines since before we listened. */
  async #readSchedule(signal: AbortSignal): Promise<void> {
    const { DescribeInstanceStatusCommand } = await import("@aws-sdk/client-ec2");
    const client = await this.#options.ec2();
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new DescribeInstanceStatusCommand({
          Filters: [
            {
              Name: "event.code",
              Values: [
                "instance-reboot",
                "system-reboot",
                "system-maintenance",
                "instance-retirement",
                "instance-stop",
              ],
            },
          ],
          MaxResults: 1000,
          ...(NextToken === undefined ? {} : { NextToken }),
        }),
        { abortSignal: signal },
      );
      for (const { InstanceId = "", Events = [] } of page.InstanceStatuses ?? []) {
        const planned = Events.filter(
          ({ Description = "" }) => !/^\[(Completed|Canceled)\]/.test(Description),
        );
        const [first] = planned;
        if (first === undefined || !(await this.#isOurs(InstanceId))) continue;
        this.tell({ machineId: InstanceId, kind: "maintenance", deadline: first.NotBefore });
      }
      NextToken = page.NextToken === "" ? undefined : page.NextToken;
    } while (NextToken !== undefined);
  }
}
