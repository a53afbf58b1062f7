import { type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { SluiceError } from "@sluice/model";
import type { Random } from "../deps.ts";

const derive = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

/** log2 of the cost, block size and passes: 32 MiB and about 0.2 s of one core. */
interface Cost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}
/** One of the equal choices that OWASP's password storage cheat sheet gives for scrypt. */
const COST: Cost = { ln: 15, r: 8, p: 3 };
const FORM = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;
/** Sign-ins beyond wait their turn: a flood of them takes neither all memory nor all cores. */
const AT_ONCE = 2;
const WAITING_AT_MOST = 200;

/** Passwords of local accounts, hashed by scrypt with the cost in the hash. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * @param hash undefined: nobody's, which takes as long and is never right.
   * @returns `stale`: right, and to be hashed again with today's cost.
   */
  check(password: string, hash: string | undefined): Promise<"right" | "stale" | "wrong">;
}

export function createPasswords(random: Random, cost: Cost = COST): Passwords {
  const turns = new Turns();
  const nobodys = format(cost, random.bytes(16), random.bytes(32));
  return {
    hash: async (password) => {
      const salt = random.bytes(16);
      return format(cost, salt, await turns.run(() => key(password, salt, cost)));
    },
    check: async (password, hash) => {
      const known = hash === undefined ? null : FORM.exec(hash);
      const [, ln = "", r = "", p = "", salt = "", wanted = ""] = known ?? FORM.exec(nobodys) ?? [];
      const of: Cost = { ln: Number(ln), r: Number(r), p: Number(p) };
      const right = Buffer.from(wanted, "base64");
      const given = await turns.run(() => key(password, Buffer.from(salt, "base64"), of));
      const isRight = given.length === right.length && timingSafeEqual(given, right);
      if (!isRight || known === null) return "wrong";
      return of.ln < cost.ln || of.r < cost.r || of.p < cost.p ? "stale" : "right";
    },
  };
}

/** Errors: `PASSWORD_REFUSED` for one that is easily guessed. */
export function checkNewPassword(password: string, name: string): void {
  const reason = whyWeak(password, name);
  if (reason === undefined) return;
  throw new SluiceError("PASSWORD_REFUSED", "user", `the password ${reason}`, {
    hint: "take four or more words that do not belong together, 12 characters or more",
  });
}

function whyWeak(password: string, name: string): string | undefined {
  if ([...password].length < 12) return "has fewer than 12 characters";
  if (password.toLowerCase().includes(name.toLowerCase()) && name.length > 3)
    return "has the name in it";
  if (new Set(password).size < 5) return "repeats a few characters";
  return undefined;
}

function format({ ln, r, p }: Cost, salt: Uint8Array, derived: Uint8Array): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=${ln},r=${r},p=${p}$${text(salt)}$${text(derived)}`;
}

function key(password: string, salt: Uint8Array, { ln, r, p }: Cost): Promise<Buffer> {
  // What looks the same on two keyboards is the same password.
  const N = 2 ** ln;
  return derive(password.normalize("NFKC"), salt, 32, {
    N,
    r,
    p,
    maxmem: 129 * N * r + 1024 * p * r,
  });
}

class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING_AT_MOST) {
        throw new SluiceError("SIGN_IN_BUSY", "system", "too many people sign in at this moment", {
          hint: "try again in a few seconds",
        });
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      // Whoever waits takes this turn over.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
