import { randomUUID } from "node:crypto";
import {
  type Call,
  type Caller,
  type CommandClass,
  type ConditionKeys,
  type Faults,
  type Hypervisor,
  type InputOf,
  type OutputOf,
  type Scope,
  type Service,
  ServiceError,
} from "./contract.ts";
import { type AccessKey, Credentials } from "./credentials.ts";
import { answer } from "./dispatch.ts";
import { type RegionEvent, Rules } from "./events.ts";
import { Existing } from "./existing.ts";
import { type Operation, operationOf } from "./operation.ts";
import { evaluate, type PolicyDocument } from "./policy.ts";
import { refuse } from "./refusals.ts";
import { Router } from "./router.ts";
import { type Listener, listen } from "./server.ts";
import { Ec2 } from "./services/ec2/index.ts";
import { IamState } from "./services/iam/state.ts";
import { ImageBuilds } from "./services/imagebuilder/state.ts";
import { SERVICES } from "./services/index.ts";
import { Buckets } from "./services/s3/state.ts";

export interface RegionOptions {
  /** Runs the machines. */
  readonly hypervisor: Hypervisor;
  /** Where it listens; loopback by default. */
  readonly host?: string;
  /** Any that is free by default. */
  readonly port?: number;
  readonly now?: () => Date;
}

/** A call that came over the wire. */
export interface CallRecord {
  readonly service: string;
  readonly operation: string;
  readonly caller: Caller;
}

/** A service with what the SDK knows of its operations. */
export interface Registered {
  readonly service: Service;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly router: Router;
}

/** As AWS says why. */
const WORDS = {
  "not allowed": (policy: string, action: string) =>
    `because no ${policy} allows the ${action} action`,
  "explicitly denied": (policy: string) =>
    `with an explicit deny in ${policy.startsWith("i") ? "an" : "a"} ${policy}`,
} as const;

/** One account's region, listening. See contract.ts. */
export class Region implements AsyncDisposable {
  readonly name = "eu-central-1";
  readonly account = "123456789012";
  readonly partition = "aws";
  readonly zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] as const;
  /** The administrator's. */
  readonly credentials: AccessKey = {
    accessKeyId: "AKIDADMIN",
    secretAccessKey: "admin-secret",
  };
  readonly root: Caller = { account: this.account, arn: `arn:aws:iam::${this.account}:root` };
  readonly hypervisor: Hypervisor;
  readonly now: () => Date;
  readonly faults: Faults = {
    capacity: new Map(),
    throttle: new Map(),
    fail: new Map(),
    lag: 0,
    failResources: new Map(),
    latency: 0,
  };
  /** In their order; those that services make of each other are not among them. */
  readonly calls: CallRecord[] = [];
  /** How many calls over the wire have no answer yet. */
  answering = 0;
  /** Errors of the region itself, which callers saw as an internal failure. */
  readonly defects: unknown[] = [];
  readonly keys: Credentials;
  readonly iam: IamState;
  readonly buckets: Buckets;
  readonly existing = new Existing();
  readonly imageBuilds = new ImageBuilds();
  readonly ec2: Ec2;
  /** EventBridge's, by name. */
  readonly rules: Rules;
  readonly #services = new Map<string, Registered>();
  readonly #commands = new Map<CommandClass, { readonly of: Registered; readonly name: string }>();
  readonly #closing: (() => Promise<void> | void)[] = [];
  #listener: Listener | undefined;

  private constructor({ hypervisor, now = () => new Date() }: RegionOptions) {
    this.hypervisor = hypervisor;
    this.now = now;
    this.keys = new Credentials(now);
    this.iam = new IamState(this);
    this.buckets = new Buckets(now);
    this.rules = new Rules(this);
    this.ec2 = new Ec2(this);
  }

  static async start(options: RegionOptions): Promise<Region> {
    const region = new Region(options);
    region.keys.add(region.credentials, region.iam.addAdministrator("admin"));
    for (const service of SERVICES) region.register(service(region));
    region.#listener = await listen(options, (request, gone) => answer(region, request, gone));
    return region;
  }

  /** `http://127.0.0.1:PORT`, for AWS_ENDPOINT_URL. */
  get endpoint(): string {
    if (this.#listener === undefined) throw new Error("the region does not listen");
    return this.#listener.url;
  }

  register(service: Service): void {
    const operations = new Map(
      Object.entries(service.operations).map(([name, { command }]) => [name, operationOf(command)]),
    );
    const registered = { service, operations, router: new Router(operations.values()) };
    this.#services.set(service.name, registered);
    for (const [name, { command }] of Object.entries(service.operations)) {
      this.#commands.set(command, { of: registered, name });
    }
  }

  service(name: string): Registered | undefined {
    return this.#services.get(name);
  }

  /**
   * Calls an operation without the wire: as the account's root, who may do anything, or with the
   * rights of `caller`, as CloudFormation does.
   *
   * @throws ServiceError
   */
  async call<C extends CommandClass>(
    command: C,
    input: InputOf<C>,
    caller: Caller = this.root,
  ): Promise<OutputOf<C>> {
    const found = this.#commands.get(command);
    if (found === undefined) throw new Error(`${command.name} is not served by the region`);
    const call = {
      service: found.of.service.name,
      operation: found.name,
      caller,
      requestId: randomUUID(),
      headers: {},
    };
    return (await this.run(found.of, call, input)) as OutputOf<C>;
  }

  /** Checks the caller's rights and runs the handler. */
  async run({ service }: Registered, call: Call, input: object): Promise<object> {
    const operation = service.operations[call.operation];
    if (operation === undefined) throw new Error(`${call.operation} has no handler`);
    if (call.caller !== this.root) {
      const scope = (await service.authorise?.(call.operation, input, call)) ?? { resources: [] };
      this.authorise(call, scope);
    }
    return await operation.handler(input, call);
  }

  /** How often an operation (`ec2:RunInstances`) was called over the wire. */
  count(operation: string): number {
    return this.calls.filter((call) => `${call.service}:${call.operation}` === operation).length;
  }

  /**
   * Refuses callers whose policies don't allow all of the scope.
   *
   * @throws ServiceError as the called service words it.
   */
  authorise(call: Call, scope: Scope): void {
    if (call.caller.arn === this.root.arn) return;
    const policies = this.iam.policiesOf(call.caller);
    const keys = { ...this.#globalKeys(call), ...scope.conditions };
    for (const action of scope.actions ?? [`${call.service}:${call.operation}`]) {
      // No resource means that the service doesn't say which: any that a policy names will do.
      const resources = scope.resources.length === 0 ? [undefined] : scope.resources;
      for (const resource of resources) {
        const { arn, conditions } =
          typeof resource === "object" ? resource : { arn: resource, conditions: {} };
        const access = { action, resource: arn, keys: { ...keys, ...conditions } };
        for (const [kind, documents] of Object.entries(policies)) {
          if (documents === undefined) continue;
          const decision = evaluate(documents, access);
          if (decision === "allowed") continue;
          const because = WORDS[decision](
            kind === "boundary" ? "permissions boundary" : "identity-based policy",
            action,
          );
          throw refuse(
            this.#known(call.service),
            "denied",
            `User: ${call.caller.arn} is not authorized to perform: ${action} on resource: ${arn ?? "*"} ${because}`,
          );
        }
      }
    }
  }

  /** Whether the caller's policies allow an action on some resource. */
  allows(caller: Caller, action: string): boolean {
    const access = { action, resource: undefined, keys: {} };
    const policies: readonly (readonly PolicyDocument[] | undefined)[] = Object.values(
      this.iam.policiesOf(caller),
    );
    return policies.every((documents) => evaluate(documents ?? [], access) === "allowed");
  }

  /** A machine with the credentials of its role. */
  machineCaller(role: string, instanceId: string): Caller {
    const arn = `arn:aws:sts::${this.account}:assumed-role/${role}/${instanceId}`;
    return { account: this.account, arn, role, instanceId };
  }

  /** Whether the caller may give the role away. @param service `ec2.amazonaws.com` */
  authorisePassRole(call: Call, roleArn: string, service: string): void {
    this.authorise(call, {
      actions: ["iam:PassRole"],
      resources: [roleArn],
      conditions: { "iam:PassedToService": service },
    });
  }

  /** Tells EventBridge's rules. */
  async emitEvent(event: RegionEvent): Promise<void> {
    await this.rules.deliver(event);
  }

  /** Runs when the region closes: for services with timers. */
  onClose(close: () => Promise<void> | void): void {
    this.#closing.push(close);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
    for (const close of this.#closing.splice(0)) await close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #known(name: string): Service {
    const known = this.#services.get(name);
    if (known === undefined) throw new ServiceError("UnknownService", name, 404);
    return known.service;
  }

  #globalKeys({ caller }: Call): ConditionKeys {
    return {
      "aws:PrincipalArn": caller.arn,
      "aws:PrincipalAccount": caller.account,
      "aws:ResourceAccount": this.account,
      "aws:RequestedRegion": this.name,
      "aws:SecureTransport": "true",
      ...(caller.instanceId === undefined
        ? {}
        : {
            "ec2:SourceInstanceARN": `arn:aws:ec2:${this.name}:${this.account}:instance/${caller.instanceId}`,
          }),
    };
  }
}
