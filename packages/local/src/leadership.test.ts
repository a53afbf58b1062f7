import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registersConformance } from "@sluice/cloud/testing";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SocketClient } from "./client.ts";
import {
  LEADERSHIP_FILE,
  localLeadership,
  localRegisters,
  readLeadershipFacts,
} from "./leadership.ts";
import { buildApi } from "./service/api.ts";
import type { Heads } from "./service/heads.ts";
import { serveLeadership } from "./service/leadership-api.ts";
import { LocalStore, type MachineRow } from "./service/store.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-leadership-"));
const socket = join(folder, "cloud.sock");
const asked: string[] = [];
let store: LocalStore;
let app: FastifyInstance;

beforeAll(async () => {
  store = new LocalStore(join(folder, "local.sqlite"));
  app = buildApi();
  const heads = {
    isGone: (_cluster: string, machine: string) => machine === "m-dead",
    fence: async (asker: MachineRow, machine: string) => {
      asked.push(`${asker.id} fences ${machine}`);
      return machine === "m-cut" ? "unsure" : "off";
    },
    takeAddress: async ({ id }: MachineRow) => void asked.push(`${id} takes the address`),
  } as unknown as Heads;
  const self = () => ({ id: "m-1", cluster: "one" }) as MachineRow;
  serveLeadership(app, { store, clusters: { heads }, self, owner: () => "id-one" });
  await app.listen({ path: socket });
});
afterAll(async () => {
  await app.close();
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

describe("registers", () => {
  for (const { name, run } of registersConformance(async () =>
    localRegisters(new SocketClient(socket)),
  ))
    test(name, run);

  test("belong to one owner, and go with it", async () => {
    const registers = localRegisters(new SocketClient(socket));
    await registers.write("head", "one's", undefined);
    expect(store.registers.read("id-two", "head")).toBeUndefined();
    store.registers.write("id-two", "head", "two's", undefined);
    store.registers.forget("id-one");
    expect(await registers.read("head")).toBeUndefined();
    expect(store.registers.read("id-two", "head")?.text).toBe("two's");
  });

  test("hold so much and no more, under names that are names", async () => {
    const registers = localRegisters(new SocketClient(socket));
    const most = "x".repeat(64 << 10);
    expect(await registers.write("standby/m-1:b-2", most, undefined)).toBeDefined();
    const refused = { code: "BAD_REQUEST" };
    await expect(registers.write("big", `${most}x`, undefined)).rejects.toMatchObject(refused);
    for (const name of ["", "/etc", "a b", "a".repeat(201)])
      await expect(registers.read(name)).rejects.toMatchObject(refused);
  });
});

describe("leadership", () => {
  const facts = { machine: "m-1", address: "10.208.0.2" };

  test("asks the service, and gives the address up without it", async () => {
    const ran: string[] = [];
    const leadership = localLeadership(new SocketClient(socket), facts, async (argv) => {
      ran.push(argv.join(" "));
    });
    expect(leadership).toMatchObject({ self: "m-1", address: "10.208.0.2" });
    expect(await leadership.isGone("m-dead")).toBe(true);
    expect(await leadership.isGone("m-2")).toBe(false);
    expect(await leadership.fence("m-2")).toBe("off");
    expect(await leadership.fence("m-cut")).toBe("unsure");
    await leadership.takeAddress();
    await leadership.dropAddress();
    expect(asked).toEqual(["m-1 fences m-2", "m-1 fences m-cut", "m-1 takes the address"]);
    expect(ran).toEqual(["ip address flush dev host0 to 10.208.0.2/32"]);
  });

  test("is there on machines that were told of it", () => {
    expect(readLeadershipFacts(folder)).toBeUndefined();
    const guest = join(folder, "guest");
    mkdirSync(guest);
    writeFileSync(join(guest, LEADERSHIP_FILE), JSON.stringify(facts));
    expect(readLeadershipFacts(guest)).toEqual(facts);
  });
});
