import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Identity } from "./identity.ts";
import { type MetadataTree, metadataTree } from "./metadata-tree.ts";
import type { Region } from "./region.ts";
import { RoleKeys } from "./role-keys.ts";
import type { Machine } from "./services/ec2/index.ts";

/** The metadata service, listening. */
export interface Metadata {
  readonly url: string;
  /** What the signature of an instance's identity document is checked with, as PEM. */
  readonly publicKey: string;
  close(): Promise<void>;
}

export interface MetadataOptions {
  readonly host: string;
  /** Any that is free by default. */
  readonly port?: number;
  /** The machine that all callers are; by default the one that has the caller's address. */
  readonly instanceId?: string;
}

/** Versions of the tree that cloud-init asks for; all are alike. */
const VERSIONS = ["2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest"];
const LONGEST_TTL = 21_600;

/** Tells machines about themselves, as the link-local address does in EC2. */
export async function startMetadata(region: Region, options: MetadataOptions): Promise<Metadata> {
  const service = new MetadataService(region, options.instanceId);
  const server = createServer((request, response) => {
    const { status, content, headers } = service.answer(request);
    response.writeHead(status, {
      "content-type": "text/plain",
      "content-length": String(Buffer.byteLength(content)),
      server: "EC2ws",
      ...headers,
    });
    response.end(content);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    get publicKey() {
      return service.identity.publicKey;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly content: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const NOT_ALLOWED: Answer = { status: 405, content: "Method Not Allowed" };

class MetadataService {
  readonly identity: Identity;
  readonly #region: Region;
  readonly #instanceId: string | undefined;
  readonly #keys: RoleKeys;
  readonly #tokens = new Map<string, { readonly machine: string; readonly until: number }>();

  constructor(region: Region, instanceId: string | undefined) {
    this.identity = new Identity(region);
    this.#region = region;
    this.#instanceId = instanceId;
    this.#keys = new RoleKeys(region);
  }

  answer(request: IncomingMessage): Answer {
    const machine = this.#machineOf(request);
    const path = decodeURI((request.url ?? "/").split("?")[0] ?? "/").replaceAll(/\/+/g, "/");
    if (machine === undefined) return { status: 404, content: "no machine has this address" };
    const options = machine.row.MetadataOptions;
    if (options?.HttpEndpoint === "disabled") return { status: 403, content: "Forbidden" };
    if (path === "/latest/api/token") return this.#giveToken(machine, request);
    if (request.method !== "GET" && request.method !== "HEAD") return NOT_ALLOWED;
    const token = request.headers["x-aws-ec2-metadata-token"];
    const isAllowed =
      token === undefined
        ? options?.HttpTokens !== "required"
        : this.#isToken(String(token), machine);
    if (!isAllowed) return { status: 401, content: "Unauthorized" };
    const content = this.#read(machine, path);
    return content === undefined ? { status: 404, content: "Not Found" } : { status: 200, content };
  }

  #machineOf({ socket }: IncomingMessage): Machine | undefined {
    const { ec2 } = this.#region;
    if (this.#instanceId !== undefined) return ec2.instance(this.#instanceId);
    return ec2.instanceAt((socket.remoteAddress ?? "").replace(/^::ffff:/, ""));
  }

  #giveToken(machine: Machine, { method, headers }: IncomingMessage): Answer {
    if (method !== "PUT") return NOT_ALLOWED;
    // A request that someone passed on.
    if (headers["x-forwarded-for"] !== undefined) return { status: 403, content: "Forbidden" };
    const name = "x-aws-ec2-metadata-token-ttl-seconds";
    const seconds = Number(headers[name]);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_TTL) {
      return { status: 400, content: "Bad Request" };
    }
    const token = randomBytes(42).toString("base64url");
    const until = this.#region.now().getTime() + seconds * 1000;
    this.#tokens.set(token, { machine: machine.id, until });
    return { status: 200, content: token, headers: { [name]: String(seconds) } };
  }

  #isToken(token: string, machine: Machine): boolean {
    const known = this.#tokens.get(token);
    if (known === undefined || known.machine !== machine.id) return false;
    if (known.until > this.#region.now().getTime()) return true;
    this.#tokens.delete(token);
    return false;
  }

  #read(machine: Machine, path: string): string | Buffer | undefined {
    const [, version = "", kind = "", ...rest] = path.split("/");
    if (version === "") return VERSIONS.join("\n");
    if (!VERSIONS.includes(version)) return undefined;
    switch (kind) {
      case "":
        return ["dynamic", "meta-data", ...(machine.userData ? ["user-data"] : [])].join("\n");
      case "user-data":
        return machine.userData;
      case "meta-data":
        // Public keys are told by their numbers and names.
        return rest[0] === "public-keys" && (rest[1] ?? "") === "" && machine.row.KeyName
          ? `0=${machine.row.KeyName}`
          : listed(this.#tree(machine), rest.join("/"));
      case "dynamic":
        return listed(this.identity.tree(machine), rest.join("/"));
      default:
        return undefined;
    }
  }

  #tree(machine: Machine): MetadataTree {
    return new Map([...metadataTree(this.#region, machine), ...this.#keys.tree(machine)]);
  }
}

/** The value at a path, or what is in the folder there. */
function listed(tree: MetadataTree, path: string): string | undefined {
  const value = tree.get(path);
  if (value !== undefined) return value;
  const folder = path === "" || path.endsWith("/") ? path : `${path}/`;
  const entries = new Set<string>();
  for (const key of tree.keys()) {
    if (!key.startsWith(folder)) continue;
    const [name = "", ...below] = key.slice(folder.length).split("/");
    entries.add(below.length === 0 ? name : `${name}/`);
  }
  if (entries.size === 0) return undefined;
  return [...entries].join("\n");
}
