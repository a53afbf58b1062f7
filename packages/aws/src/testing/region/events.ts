import { randomUUID } from "node:crypto";
import { GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { evaluate, type PolicyDocument, type Statement } from "./policy.ts";
import type { Region } from "./region.ts";

/** What a service tells EventBridge's default bus. */
export interface RegionEvent {
  /** `aws.ec2` */
  readonly source: string;
  readonly detailType: string;
  readonly detail: object;
  /** ARNs. */
  readonly resources?: readonly string[];
}

/** One rule: events that fit `pattern` go to queues. */
export interface Rule {
  readonly pattern: EventPattern;
  /** ARNs of SQS queues; others are left out. */
  readonly targets: readonly string[];
  /** Its own: then the queues' policies must let it in. Rules that tests set need not have one. */
  readonly arn?: string;
}

/** EventBridge's: lists of values that fit, or of tests on them, nested as the event is. */
export interface EventPattern {
  readonly [field: string]: EventPattern | readonly unknown[];
}

export class Rules extends Map<string, Rule> {
  /** ARNs of queues whose policy kept an event out. */
  readonly keptOut: string[] = [];
  readonly #region: Region;

  constructor(region: Region) {
    super();
    this.#region = region;
  }

  async deliver({ source, detailType, detail, resources = [] }: RegionEvent): Promise<void> {
    const { account, name, now } = this.#region;
    const event = {
      version: "0",
      id: randomUUID(),
      "detail-type": detailType,
      source,
      account,
      time: now().toISOString(),
      region: name,
      resources,
      detail,
    };
    for (const rule of this.values()) {
      if (!fitsPattern(rule.pattern, event)) continue;
      for (const target of rule.targets) {
        const queue = /^arn:aws:sqs:[^:]+:(\d+):(.+)$/.exec(target);
        if (queue === null) continue;
        const QueueUrl = `${this.#region.endpoint}/${queue[1]}/${queue[2]}`;
        if (rule.arn !== undefined && !(await this.#isLetIn(rule.arn, QueueUrl, target))) {
          this.keptOut.push(target);
          continue;
        }
        await this.#region.call(SendMessageCommand, {
          QueueUrl,
          MessageBody: JSON.stringify(event),
        });
      }
    }
  }

  async #isLetIn(rule: string, QueueUrl: string, queue: string): Promise<boolean> {
    const { Attributes } = await this.#region.call(GetQueueAttributesCommand, {
      QueueUrl,
      AttributeNames: ["Policy"],
    });
    // A policy that was taken away is an empty one.
    if (!Attributes?.Policy) return false;
    const { Statement } = JSON.parse(Attributes.Policy) as PolicyDocument;
    const keys = {
      "aws:SourceArn": rule,
      "aws:SourceAccount": this.#region.account,
      "aws:SecureTransport": "true",
    };
    const access = { action: "sqs:SendMessage", resource: queue, keys };
    const statements = [Statement].flat().filter(isAbout);
    return evaluate([{ Statement: statements }], access) === "allowed";
  }
}

/** Statements about EventBridge, or about everybody. */
function isAbout({ Principal }: Statement): boolean {
  return /"events\.amazonaws\.com"|"\*"/.test(JSON.stringify(Principal ?? ""));
}

/** Whether an event passes; fields that the pattern doesn't name may be anything. */
export function fitsPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = (event as Readonly<Record<string, unknown>> | undefined)?.[field];
    if (!Array.isArray(wanted)) return fitsPattern(wanted as EventPattern, value);
    const values = Array.isArray(value) ? value : [value];
    return wanted.some((test) => values.some((one) => fitsTest(test, one)));
  });
}

function fitsTest(test: unknown, value: unknown): boolean {
  if (typeof test !== "object" || test === null) return test === value;
  const [kind, operand] = Object.entries(test)[0] ?? [];
  switch (kind) {
    case "prefix":
      return typeof value === "string" && value.startsWith(String(operand));
    case "exists":
      return (value !== undefined) === operand;
    case "anything-but":
      return value !== undefined && ![operand].flat().includes(value);
    default:
      throw new Error(`the test ${JSON.stringify(test)} of event patterns is not known here`);
  }
}
