import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join, posix } from "node:path";
import { grantFor } from "./exports.ts";
import { inMachine } from "./machine.ts";

/** What `mount.nfs` in a machine is told when it can't have what it asked for. */
class Refusal extends Error {
  /** 503: nobody there who could answer, ask again. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const PORT = 2049;
const EFS = /^(fs-[0-9a-f]+)(\.efs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?)?$/;
/** What `exportfs` wrote, of a machine whose NFS server runs. */
const EXPORTS = "test -e /run/nfs-server && cat /var/lib/nfs/etab";

/**
 * Stands in for NFS, which the kernel of the host need not have: a folder of one machine, or of the
 * region's EFS, is made to appear in another machine as a mount of the same file system. It is asked
 * by the machines' own `mount.nfs`, and knows them by their addresses. Beside the protocol, what
 * differs is that a server that goes away does not make its clients wait.
 */
export class NfsStandIn {
  readonly #machineAt: (address: string) => Promise<number> | undefined;
  readonly #efs: string;
  readonly #server: Server;

  /**
   * @param options.machineAt the first process of the machine with that address.
   * @param options.efs folder that has the file systems of EFS, by their ids.
   */
  constructor(options: {
    readonly machineAt: (address: string) => Promise<number> | undefined;
    readonly efs: string;
  }) {
    this.#machineAt = options.machineAt;
    this.#efs = options.efs;
    this.#server = createServer((request, response) => {
      this.#mount(request).then(
        () => response.writeHead(204).end(),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          response.writeHead(error instanceof Refusal ? error.status : 500).end(message);
        },
      );
    });
  }

  listen(host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(PORT, host, resolve);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #mount(request: IncomingMessage): Promise<void> {
    const address = request.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
    const client = await this.#machineAt(address);
    if (client === undefined) throw new Refusal(403, "access denied by server");
    const form = await formOf(request);
    const field = (name: string): string => form.get(name) ?? "";
    const source = await this.#source(field("server"), field("path"), address);
    const readOnly = source.readOnly || field("options").split(",").includes("ro");
    const files = [openSync(source.namespace, "r"), openSync(`/proc/${client}/ns/mnt`, "r")];
    try {
      const program = await readFile(join(import.meta.dirname, "mount-folder.py"), "utf8");
      const words = [source.path, field("target"), readOnly ? "ro" : "rw"];
      const { exitCode, stderr } = await inMachine(client, ["python3", "-c", program, ...words], {
        files,
      });
      if (exitCode !== 0) throw new Refusal(404, stderr.trim());
    } finally {
      for (const file of files) closeSync(file);
    }
  }

  async #source(
    server: string,
    path: string,
    client: string,
  ): Promise<{ readonly namespace: string; readonly path: string; readonly readOnly: boolean }> {
    const fileSystem = EFS.exec(server)?.[1];
    if (fileSystem !== undefined) {
      const root = join(this.#efs, fileSystem);
      await mkdir(root, { recursive: true });
      const below = posix.normalize(`/${path}`);
      return { namespace: "/proc/self/ns/mnt", path: join(root, below), readOnly: false };
    }
    const init = await this.#machineAt(server);
    if (init === undefined) throw new Refusal(503, "No route to host");
    const { exitCode, stdout } = await inMachine(init, ["sh", "-c", EXPORTS]);
    if (exitCode !== 0) throw new Refusal(503, "Connection refused");
    const grant = grantFor(stdout, path, client);
    if (grant === undefined) throw new Refusal(403, "access denied by server");
    return { namespace: `/proc/${init}/ns/mnt`, ...grant };
  }
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}
