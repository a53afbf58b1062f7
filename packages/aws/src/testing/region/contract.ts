/**
 * The region on loopback: enough of AWS for a cluster to be created, run, updated and deleted there
 * by the real SDK. Its services speak the real wire protocols, checked by the SDK's own schemas; its
 * EC2 machines are whatever a `Hypervisor` makes of them.
 */

/** A command class of the SDK, as handlers are typed by it. */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's classes differ in everything but this.
export type CommandClass = abstract new (...args: any[]) => { readonly input: object };

export type InputOf<C extends CommandClass> = InstanceType<C>["input"];

/** What the command resolves to, without what the SDK adds. */
export type OutputOf<C extends CommandClass> =
  InstanceType<C> extends { resolveMiddleware(...args: never[]): (...args: never[]) => infer R }
    ? Awaited<R> extends { output: infer O }
      ? Omit<O, "$metadata">
      : object
    : object;

/** Who called, found out from the signature. */
export interface Caller {
  readonly account: string;
  /** `arn:aws:iam::…:user/admin`, or `arn:aws:sts::…:assumed-role/ROLE/i-…`. */
  readonly arn: string;
  /** Name of the role, of callers with a role's credentials. */
  readonly role?: string;
  /** Of machines. */
  readonly instanceId?: string;
}

export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly caller: Caller;
  readonly requestId: string;
  /** Of S3 alone: what the typed input leaves out. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the caller does not wait any longer; calls without the wire have none. */
  readonly gone?: AbortSignal;
}

// biome-ignore lint/suspicious/noExplicitAny: each is typed by `handle`.
export type Handler = (input: any, call: Call) => object | Promise<object>;

/**
 * One service. The frame reads requests by the schema of an operation's command, checks the
 * signature and the caller's rights, and writes what the handler returns by the same schema.
 */
export interface Service {
  /** As signatures name it: `ec2`, `s3`, `secretsmanager`. */
  readonly name: string;
  readonly protocol: "ec2Query" | "query" | "json" | "restXml" | "restJson";
  /** By operation. */
  readonly operations: Readonly<
    Record<string, { readonly command: CommandClass; readonly handler: Handler }>
  >;
  /**
   * What a call is about, for policies that name resources and have conditions. Without it every
   * resource that a policy names will do.
   */
  authorise?(operation: string, input: object, call: Call): Scope | Promise<Scope>;
}

/** Condition keys of a call: `aws:RequestTag/team`, and with several values `aws:TagKeys`. */
export type ConditionKeys = Readonly<Record<string, string | readonly string[]>>;

/** What a call is about, for policies. Each of the resources must be allowed. */
export interface Scope {
  /**
   * ARNs, with condition keys of their own (`aws:ResourceTag/…`) where these differ. `*` for
   * operations that IAM knows no resources of; none at all: any that a policy names.
   */
  readonly resources: readonly (
    | string
    | { readonly arn: string; readonly conditions: ConditionKeys }
  )[];
  /** Of all of the resources. */
  readonly conditions?: ConditionKeys;
  /** Instead of `SERVICE:OPERATION`, where IAM has another name for it; each must be allowed. */
  readonly actions?: readonly string[];
}

/** Pairs a command with its handler, typed by it. */
export function handle<C extends CommandClass>(
  command: C,
  handler: (input: InputOf<C>, call: Call) => OutputOf<C> | Promise<OutputOf<C>>,
): { readonly command: C; readonly handler: Handler } {
  return { command, handler };
}

/** What a handler throws: a code of the service, as AWS writes it. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string,
    status = 400,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

/** A machine as the region gives it to who runs it. */
export interface VirtualMachine {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly imageId: string;
  /** `x86_64` or `arm64`. */
  readonly arch: string;
  readonly address: string;
  readonly subnetId: string;
  /** Raw, not base64. */
  readonly userData: string;
}

/**
 * Runs the region's machines. Machines that end by themselves, by a poweroff or by a hand from
 * outside are told of by `onEnd`; those that were asked to stop or to go are too.
 */
export interface Hypervisor {
  start(machine: VirtualMachine): Promise<void>;
  /** Switches off; with `destroy` the machine's own disk goes too. Idempotent. */
  stop(instanceId: string, how: { readonly destroy: boolean }): Promise<void>;
  /** @returns what stops listening. */
  onEnd(listener: (instanceId: string) => void): () => void;
  console(instanceId: string): Promise<string>;
  /** Gives the machine the volume as a block device, made (empty) when it is not there yet. */
  attachVolume(instanceId: string, volumeId: string, sizeGiB: number): Promise<void>;
  detachVolume(instanceId: string, volumeId: string): Promise<void>;
  deleteVolume(volumeId: string): Promise<void>;
  /** As the agent of Systems Manager runs a command: as root. */
  exec(
    instanceId: string,
    script: string,
    timeoutSeconds: number,
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}

/** Disturbances to order. All are off at first. */
export interface Faults {
  /** Machines left by `TYPE/ZONE`, `TYPE/ZONE/spot`; missing: any number. */
  readonly capacity: Map<string, number>;
  /** Operations (`ec2:RunInstances`) that the next so many calls are throttled of. */
  readonly throttle: Map<string, number>;
  /** Operations whose next calls fail with that code. */
  readonly fail: Map<string, { readonly code: string; readonly message: string; times: number }>;
  /** Milliseconds that describe calls lag behind; new machines are not found until then. */
  lag: number;
  /** CloudFormation resources, by logical id, whose creation or update fails. */
  readonly failResources: Map<string, string>;
  /** Milliseconds that an answer takes. */
  latency: number;
}
