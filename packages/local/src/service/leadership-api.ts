import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Heads } from "./heads.ts";
import { REGISTER_BYTES } from "./register-rows.ts";
import type { LocalStore, MachineRow } from "./store.ts";

/** Bytes of a register's name at most. */
const NAME_BYTES = 200;
const nameSchema = z
  .string()
  .max(NAME_BYTES)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/);
const readSchema = z.object({ name: nameSchema });
const writeSchema = z.object({
  name: nameSchema,
  text: z.string().refine((text) => Buffer.byteLength(text) <= REGISTER_BYTES, {
    error: `a register holds at most ${REGISTER_BYTES} bytes`,
  }),
  /** Null: never written. */
  expected: z.string().max(100).nullable(),
});
const machineSchema = z.object({ machine: z.string().min(1).max(100) });

export interface LeadershipParts {
  readonly store: Pick<LocalStore, "registers">;
  readonly clusters: { readonly heads: Pick<Heads, "isGone" | "fence" | "takeAddress"> };
  /** The machine that asks. */
  readonly self: () => MachineRow;
  /** Whose registers they are: an id that is never used again. */
  readonly owner: () => string;
}

/** What machines of which one leads agree by; see `Leadership`. */
export function serveLeadership(
  app: FastifyInstance,
  { store, clusters: { heads }, self, owner }: LeadershipParts,
): void {
  app.post("/registers/read", async ({ body }) => readRegister(store, owner(), body));
  app.post("/registers/write", async ({ body }) => writeRegister(store, owner(), body));
  app.post("/leadership/is-gone", async ({ body }) => {
    const { machine } = machineSchema.parse(body);
    return { isGone: heads.isGone(self().cluster, machine) };
  });
  app.post("/leadership/fence", async ({ body }) => {
    const { machine } = machineSchema.parse(body);
    return { state: await heads.fence(self(), machine) };
  });
  app.post("/leadership/address", async () => {
    await heads.takeAddress(self());
    return {};
  });
}

type Registered = Pick<LocalStore, "registers">;

/** @param owner whose it is: an id that is never used again. */
export function readRegister({ registers }: Registered, owner: string, body: unknown) {
  const { name } = readSchema.parse(body);
  return registers.read(owner, name) ?? null;
}

export function writeRegister({ registers }: Registered, owner: string, body: unknown) {
  const { name, text, expected } = writeSchema.parse(body);
  return { tag: registers.write(owner, name, text, expected ?? undefined) ?? null };
}
