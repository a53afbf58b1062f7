import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Leadership, Registers, RegisterValue } from "@sluice/cloud";
import type { SocketClient } from "./client.ts";
import { MACHINE_LINK } from "./host/floating-address.ts";

/** Where a machine has what it knows of itself. */
export const GUEST_DIR = "/run/sluice-machine";
/** In that folder, of machines of which one leads. */
export const LEADERSHIP_FILE = "leadership.json";

export interface LeadershipFacts {
  /** Id of the machine. */
  readonly machine: string;
  /** IPv4 of the one that leads. */
  readonly address: string;
}

/** Undefined on a head that is the only one. Asks nobody, so that it is known in a zone that is cut. */
export function readLeadershipFacts(folder = GUEST_DIR): LeadershipFacts | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, LEADERSHIP_FILE), "utf8")) as LeadershipFacts;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Registers that the service keeps for whoever the socket belongs to. */
export function localRegisters(client: SocketClient): Registers {
  return {
    async read(name, options) {
      const value = await client.call<RegisterValue | null>(
        "POST",
        "/registers/read",
        { name },
        { signal: options?.signal },
      );
      return value ?? undefined;
    },
    async write(name, text, expected, options) {
      const { tag } = await client.call<{ tag: string | null }>(
        "POST",
        "/registers/write",
        { name, text, expected: expected ?? null },
        { signal: options?.signal },
      );
      return tag ?? undefined;
    },
  };
}

/**
 * How two machines agree which of them leads, asked of the service.
 *
 * @param run a command of this machine; for tests.
 */
export function localLeadership(
  client: SocketClient,
  { machine, address }: LeadershipFacts,
  run: (argv: readonly string[]) => Promise<void> = runHere,
): Leadership {
  const ask = <T>(verb: string, body: object, options?: { readonly signal?: AbortSignal }) =>
    client.call<T>("POST", `/leadership/${verb}`, body, { signal: options?.signal });
  return {
    self: machine,
    address,
    registers: localRegisters(client),
    async isGone(machineId, options) {
      const body = { machine: machineId };
      return (await ask<{ isGone: boolean }>("is-gone", body, options)).isGone;
    },
    async fence(machineId, options) {
      const body = { machine: machineId };
      return (await ask<{ state: "off" | "unsure" }>("fence", body, options)).state;
    },
    async takeAddress(options) {
      await ask("address", {}, options);
    },
    async dropAddress() {
      // Unlike `delete` it is content with an address that is not here, whose error each kernel words
      // in its own way.
      await run(["ip", "address", "flush", "dev", MACHINE_LINK, "to", `${address}/32`]);
    },
  };
}

async function runHere(argv: readonly string[]): Promise<void> {
  const [file = "", ...args] = argv;
  await promisify(execFile)(file, args, { timeout: 5000 });
}
