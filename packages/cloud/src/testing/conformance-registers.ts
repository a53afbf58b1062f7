import { expect } from "vitest";
import type { Registers } from "../registers.ts";

/** One test, for whichever framework runs it. */
export interface RegistersCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Machines that write at the same moment in the race. */
const RACERS = 8;
/** Rounds of it. */
const ROUNDS = 5;

/**
 * What registers promise.
 *
 * @param reach gives the registers as one more machine reaches them; all see the same.
 */
export function registersConformance(reach: () => Promise<Registers>): readonly RegistersCase[] {
  let count = 0;
  /** A name that no other case writes to. */
  const fresh = (): string => `conformance/${++count}`;
  const written = (tag: string | undefined): string => {
    expect(tag).toEqual(expect.any(String));
    return tag ?? "";
  };

  const cases: Record<string, () => Promise<void>> = {
    "what was never written is not there": async () => {
      const registers = await reach();
      expect(await registers.read(fresh())).toBeUndefined();
    },
    "what one machine wrote another one reads, with its tag": async () => {
      const [one, other] = [await reach(), await reach()];
      const name = fresh();
      const tag = written(await one.write(name, "ä\n{}", undefined));
      expect(await other.read(name)).toEqual({ text: "ä\n{}", tag });
    },
    "who saw the last text writes the next; the same text has another tag": async () => {
      const registers = await reach();
      const name = fresh();
      const first = written(await registers.write(name, "same", undefined));
      const second = written(await registers.write(name, "same", first));
      expect(second).not.toBe(first);
      expect(await registers.read(name)).toEqual({ text: "same", tag: second });
    },
    "who saw another text, or none, writes nothing": async () => {
      const registers = await reach();
      const name = fresh();
      expect(await registers.write(name, "no", "a tag of nothing")).toBeUndefined();
      const first = written(await registers.write(name, "first", undefined));
      const tag = written(await registers.write(name, "second", first));
      expect(await registers.write(name, "no", first)).toBeUndefined();
      expect(await registers.write(name, "no", undefined)).toBeUndefined();
      expect(await registers.read(name)).toEqual({ text: "second", tag });
    },
    "of machines that write at once exactly one wins, round after round": async () => {
      const machines = await Promise.all(Array.from({ length: RACERS }, reach));
      const name = fresh();
      for (let round = 0, seen: string | undefined; round < ROUNDS; round++) {
        const tags = await Promise.all(
          machines.map((registers, i) => registers.write(name, `${round} ${i}`, seen)),
        );
        const winners = tags.flatMap((tag, i) => (tag === undefined ? [] : [{ tag, i }]));
        expect(winners).toHaveLength(1);
        const [{ tag, i } = { tag: "", i: -1 }] = winners;
        expect(await machines[0]?.read(name)).toEqual({ text: `${round} ${i}`, tag });
        seen = tag;
      }
    },
    "names are apart": async () => {
      const registers = await reach();
      const [one, other] = [fresh(), fresh()];
      await registers.write(one, "one", undefined);
      expect(await registers.read(other)).toBeUndefined();
    },
  };
  return Object.entries(cases).map(([name, run]) => ({ name, run }));
}
