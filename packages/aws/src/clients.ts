import { Agent } from "node:https";
import { EC2Client, type EC2ClientConfig } from "@aws-sdk/client-ec2";

/** What every client of the SDK is made with; credentials and endpoint by its own chain when missing. */
export interface ClientOptions {
  readonly region?: string;
  /** Instead of AWS's own address of each service, for a region on loopback. */
  readonly endpoint?: string;
  readonly credentials?: NonNullable<EC2ClientConfig["credentials"]>;
  /** How often a call that is throttled, or that broke, is tried; `MOST_ATTEMPTS` if missing. */
  readonly maxAttempts?: number;
  /** Timeouts, mostly: the SDK itself waits for ever. */
  readonly requestHandler?: NonNullable<EC2ClientConfig["requestHandler"]>;
}

interface ClientConfig extends ClientOptions {
  readonly maxAttempts: number;
}

/** Calls are few, so a call that is throttled may be tried a while. */
const MOST_ATTEMPTS = 5;

/**
 * For `requestHandler`: calls that nobody answers for so many milliseconds fail. By itself the SDK
 * would write a warning of them, and wait on.
 */
export function timeouts(milliseconds: number) {
  return {
    connectionTimeout: 5_000,
    requestTimeout: milliseconds,
    throwOnRequestTimeout: true,
  } as const;
}

/** Clients of services, each loaded and made when it is first used. */
export class Clients {
  readonly config: ClientConfig;
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(options: ClientOptions) {
    this.config = { maxAttempts: MOST_ATTEMPTS, ...options, ...throughProxy(options) };
  }

  /** @param make loads the client's module, and with it a megabyte that few calls need. */
  get<C>(service: string, make: (config: ClientConfig) => Promise<C>): Promise<C> {
    let made = this.#made.get(service) as Promise<C> | undefined;
    if (made === undefined) {
      made = make(this.config);
      this.#made.set(service, made);
    }
    return made;
  }

  /** Closes the connections of all that were made. */
  destroy(): void {
    for (const made of this.#made.values()) {
      made.then(closed, () => {});
    }
    this.#made.clear();
  }

  ec2(): Promise<EC2Client> {
    return this.get("ec2", async (config) => {
      const client = new EC2Client(config);
      // It copies every answer for a log that nobody keeps: a fifth of the time that many machines take.
      client.middlewareStack.remove("loggerMiddleware");
      return client;
    });
  }
}

/** @param made a client, or one beside the module that it is of. */
function closed(made: unknown): void {
  const { client } = made as { readonly client?: Closable };
  (client ?? (made as Closable)).destroy();
}

interface Closable {
  destroy(): void;
}

/**
 * The SDK heeds no proxy of the environment, and Node's agents only when they are told to. `NO_PROXY`
 * is heeded then as well; calls that are not encrypted are those to a region on loopback.
 */
function throughProxy({ requestHandler }: ClientOptions): Pick<ClientOptions, "requestHandler"> {
  const { HTTPS_PROXY, https_proxy: small = HTTPS_PROXY } = process.env;
  if (small === undefined || small === "") return {};
  if (requestHandler !== undefined && "handle" in requestHandler) return {};
  // For some calls the SDK would put an agent of its own in the place of mere options.
  const httpsAgent = new Agent({ keepAlive: true, maxSockets: 50, proxyEnv: process.env });
  return { requestHandler: { ...requestHandler, httpsAgent } };
}
