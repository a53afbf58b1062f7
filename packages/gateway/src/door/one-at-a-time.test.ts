import { expect, it } from "vitest";
import { OneAtATime } from "./one-at-a-time.ts";

const forever = new AbortController().signal;

it("asks once for all who came before it began, and again for those who came later", async () => {
  const together = new OneAtATime();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun = gates.map(() => Promise.withResolvers<void>());
  let count = 0;
  const ask = async (write: (text: string) => Promise<void>): Promise<void> => {
    const turn = count++;
    begun[turn]?.resolve();
    await gates[turn]?.promise;
    await write(`answer ${turn}`);
  };
  const heard: string[] = [];
  const listen = (who: string) =>
    together.listen("queue", ask, async (text) => void heard.push(`${who}: ${text}`), forever);
  const early = [listen("a"), listen("b"), listen("c")];
  await begun[0]?.promise;
  const late = [listen("d"), listen("e")];
  gates[0]?.resolve();
  await Promise.all(early);
  await begun[1]?.promise;
  gates[1]?.resolve();
  await Promise.all(late);
  expect(count).toBe(2);
  expect(heard).toEqual([
    ...["a", "b", "c"].map((who) => `${who}: answer 0`),
    ...["d", "e"].map((who) => `${who}: answer 1`),
  ]);
});

it("tells all of a failure, and the next ones nothing of it", async () => {
  const together = new OneAtATime();
  let isBroken = true;
  const ask = async (write: (text: string) => Promise<void>): Promise<void> => {
    if (isBroken) throw new Error("no");
    await write("yes");
  };
  const heard: string[] = [];
  const listen = () => together.listen("k", ask, async (text) => void heard.push(text), forever);
  const results = await Promise.allSettled([listen(), listen()]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  isBroken = false;
  await listen();
  expect(heard).toEqual(["yes"]);
});

it("calls off what nobody listens to any more", async () => {
  const together = new OneAtATime();
  const leave = new AbortController();
  const aborted = Promise.withResolvers<void>();
  const ask = async (_write: unknown, signal: AbortSignal): Promise<void> => {
    leave.abort();
    if (signal.aborted) aborted.resolve();
    else signal.addEventListener("abort", () => aborted.resolve());
    await aborted.promise;
  };
  await together.listen("k", ask, async () => {}, leave.signal);
});

it("gives an answer again to who takes one that is not older, and to nobody else", async () => {
  let now = 0;
  const together = new OneAtATime({ milliseconds: () => now });
  let count = 0;
  const ask = async (write: (text: string) => Promise<void>): Promise<void> => {
    count += 1;
    await write(`answer ${count}`);
    await write("!");
  };
  const hear = async (maxAge: number): Promise<string> => {
    let heard = "";
    const write = async (text: string) => {
      heard += text;
    };
    await together.hear("queue", maxAge, ask, write, forever);
    return heard;
  };
  expect(await hear(1000)).toBe("answer 1!");
  now = 900;
  expect(await hear(1000)).toBe("answer 1!");
  expect(await hear(0)).toBe("answer 2!");
  now = 1500;
  expect(await hear(1000)).toBe("answer 2!");
  now = 2000;
  expect(await Promise.all([hear(1000), hear(1000)])).toEqual(["answer 3!", "answer 3!"]);
  expect(count).toBe(3);
});
