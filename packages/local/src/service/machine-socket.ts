import { chmodSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";

/** A socket of the service in a folder that one machine has mounted, with those connected to it. */
export class MachineSocket {
  readonly #app: FastifyInstance;
  readonly #connections = new Set<Socket>();

  constructor(app: FastifyInstance) {
    this.#app = app;
    app.server.on("connection", (connection: Socket) => {
      this.#connections.add(connection);
      connection.once("close", () => this.#connections.delete(connection));
    });
  }

  async listen(folder: string): Promise<void> {
    const path = join(folder, "cloud.sock");
    rmSync(path, { force: true });
    await this.#app.listen({ path });
    chmodSync(path, 0o600);
  }

  /** Destroys what is connected now; what comes later is the app's business. */
  cut(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  close(): Promise<void> {
    return this.#app.close();
  }
}
