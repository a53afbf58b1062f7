import { expect, test } from "vitest";
import type { HeadCloud, Interruption, Machine } from "../contract.ts";
import type { Trial } from "./conformance-trial.ts";

/** What a cloud tells of its machines: news, notices, consoles, who they are. */
export function tellingCases(trial: Trial): void {
  trial.part("changes", "a machine that dies by itself is news", async () => {
    const { harness } = trial;
    const kill = trial.needs(harness.kill?.bind(harness), "kill");
    const machine = await trial.running();
    const abort = new AbortController();
    const news = harness.cloud.machines.changes(abort.signal)[Symbol.asyncIterator]();
    const next = news.next();
    await harness.tick();
    await kill(machine.id, "cloud");
    expect((await next).done).toBe(false);
    await trial.until(async () => (await trial.alive()).every((one) => one.id !== machine.id));
    abort.abort();
    await ended(news);
  });

  test("the streams end when their signal fires, also while nothing happens", async () => {
    const { machines } = trial.harness.cloud;
    const abort = new AbortController();
    const notices = machines.interruptions(abort.signal)[Symbol.asyncIterator]();
    const news = machines.changes(abort.signal)[Symbol.asyncIterator]();
    const waiting = [ended(notices), ended(news)];
    abort.abort();
    await Promise.all(waiting);
    const late = machines.interruptions(abort.signal)[Symbol.asyncIterator]();
    expect((await late.next()).done).toBe(true);
  });

  trial.part("interruptions", "a notice is told, to who listens later too", async () => {
    const { harness } = trial;
    const interrupt = trial.needs(harness.interrupt?.bind(harness), "interrupt");
    const [mine, second] = await trial.launched(trial.requests(2));
    await trial.until(async () => (await trial.alive()).length === 2);
    const listening = noticesUntil(harness.cloud, mine?.id);
    await harness.tick();
    await interrupt(mine?.id ?? "", 600, "cloud");
    const [notice] = await listening;
    expect(notice).toMatchObject({ machineId: mine?.id });
    expect(["spot", "maintenance"]).toContain(notice?.kind);
    expect(notice?.deadline?.getTime()).not.toBeNaN();

    await interrupt(second?.id ?? "", 600, "cloud");
    const both = [mine?.id, second?.id].sort();
    const later = [
      ...(await noticesUntil(harness.cloud, mine?.id)),
      ...(await noticesUntil(harness.cloud, second?.id)),
    ];
    expect([...new Set(later.map((one) => one.machineId))].sort()).toEqual(both);
  });

  trial.part("interruptions", "notices are told to the machine's own cluster only", async () => {
    const { harness } = trial;
    const interrupt = trial.needs(harness.interrupt?.bind(harness), "interrupt");
    const { other } = harness;
    if (other === undefined) return;
    const [mine] = await trial.launched([trial.request()]);
    const [theirs] = await trial.launched([trial.request()], other);
    const heard = noticesUntil(other, theirs?.id);
    await interrupt(mine?.id ?? "", 600, "cloud");
    await interrupt(theirs?.id ?? "", 600, "other");
    expect((await heard).map((one) => one.machineId)).toEqual([theirs?.id]);
  });

  trial.part(
    "interruptions",
    "a machine that was given notice goes when its time is over",
    async () => {
      const { harness } = trial;
      const interrupt = trial.needs(harness.interrupt?.bind(harness), "interrupt");
      const machine = await trial.running();
      const other = await trial.running();
      await interrupt(machine.id, 1, "cloud");
      await trial.until(async () => (await trial.alive()).every((one) => one.id !== machine.id));
      expect((await trial.alive()).map((one) => one.id)).toEqual([other.id]);
    },
    2,
  );

  trial.part(
    "consoles",
    "a machine's console can be read; an unknown machine has none",
    async () => {
      const { harness } = trial;
      const machine = await trial.running();
      const { consoleSays } = harness;
      const text = await trial.until(async () => {
        const said = await harness.cloud.consoles.read(machine.id);
        return consoleSays === undefined || consoleSays.test(said) ? { said } : undefined;
      });
      expect(Buffer.byteLength(text.said)).toBeLessThanOrEqual(64 * 1024);
      const unknown = harness.cloud.consoles.read("no-such-machine");
      await expect(unknown).rejects.toMatchObject({ kind: "NotFound" });
    },
  );

  trial.part("identity", "a machine proves who it is; nobody else does", async () => {
    const { harness } = trial;
    const proofOf = trial.needs(harness.proofOf?.bind(harness), "proofOf");
    const { identity, machines } = harness.cloud;
    const [mine] = await trial.launched([trial.request()]);
    const proof = await proofOf(trial.needs(mine, "machine"), "cloud");
    const from = callerOf(mine);
    expect(await identity.verify(proof, from)).toMatchObject({ id: mine?.id, node: mine?.node });
    for (const garbage of ["", "garbage", "{}", `${proof}x`, proof.slice(0, -1)]) {
      expect(await identity.verify(garbage, from)).toBeUndefined();
    }
    const { other } = harness;
    if (other !== undefined) {
      const [theirs] = await trial.launched([trial.request()], other);
      const foreign = await proofOf(trial.needs(theirs, "machine"), "other");
      expect(await identity.verify(foreign, callerOf(theirs))).toBeUndefined();
      expect(await other.identity.verify(foreign, callerOf(theirs))).toMatchObject({
        id: theirs?.id,
      });
    }
    await machines.terminate([mine?.id ?? ""]);
    await trial.until(async () => (await identity.verify(proof, from)) === undefined);
  });
}

/** The other end of a connection that root of a machine made. */
function callerOf(machine: Machine | undefined): { address: string; port: number } {
  return { address: machine?.address ?? "", port: 700 };
}

/** What is told to somebody who listens from now on, up to the first notice for that machine. */
async function noticesUntil(
  cloud: HeadCloud,
  machineId: string | undefined,
): Promise<readonly Interruption[]> {
  const abort = new AbortController();
  const heard: Interruption[] = [];
  for await (const notice of cloud.machines.interruptions(abort.signal)) {
    heard.push(notice);
    if (notice.machineId === machineId) abort.abort();
  }
  return heard;
}

/** Reads a stream to its end. */
async function ended(stream: AsyncIterator<unknown>): Promise<void> {
  while ((await stream.next()).done !== true);
}
