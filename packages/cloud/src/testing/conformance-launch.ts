import { expect, test } from "vitest";
import { refusalOf, type Trial } from "./conformance-trial.ts";

/** Asking for machines, finding them again, and giving them back. */
export function launchCases(trial: Trial): void {
  const unknownType = () =>
    trial.request({ offering: { ...trial.offering, instanceType: "no-such-type" } });

  test("launch answers each request, in order", async () => {
    const asked = trial.requests(3);
    const mixed = [...asked.slice(0, 1), unknownType(), ...asked.slice(1)];
    const outcomes = await trial.harness.cloud.machines.launch(mixed, { atomic: false });
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, true, true]);
    const tokens = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.machine.token] : []));
    expect(tokens).toEqual(asked.map((one) => one.token));
    expect(refusalOf(outcomes[1])).toBe("LaunchRejected");
  });

  test("no request, no outcome", async () => {
    expect(await trial.harness.cloud.machines.launch([], { atomic: true })).toEqual([]);
    expect(await trial.harness.cloud.machines.terminate([])).toEqual([]);
  });

  test("a token is one machine, however often it is asked", async () => {
    const one = trial.request();
    const [first] = await trial.launched([one]);
    const [again] = await trial.launched([one]);
    expect(again?.id).toBe(first?.id);
    const [batched] = await trial.launched([one, trial.request()]);
    expect(batched?.id).toBe(first?.id);
    await trial.until(async () => two(await trial.tokens()));
    await trial.harness.tick();
    expect(await trial.tokens()).toHaveLength(2);
  });

  test("a token asked from two sides at once is one machine", async () => {
    const one = trial.request();
    const both = await Promise.all([trial.launched([one]), trial.launched([one])]);
    expect(new Set(both.flat().map((machine) => machine.id)).size).toBe(1);
    await trial.until(async () => (await trial.tokens()).length > 0);
    await trial.harness.tick();
    expect(await trial.tokens()).toEqual([one.token]);
  });

  test("the token of a machine that is gone brings no other machine", async () => {
    const { machines } = trial.harness.cloud;
    const one = trial.request();
    const [machine] = await trial.launched([one]);
    await trial.lists([one]);
    await machines.terminate([machine?.id ?? ""]);
    await trial.lists([]);
    const [again] = await machines.launch([one], { atomic: false });
    if (again?.ok) expect(again.machine).toMatchObject({ id: machine?.id, state: "gone" });
    else expect(refusalOf(again)).toBe("NotFound");
    await trial.harness.tick();
    expect(await trial.tokens()).toEqual([]);
  });

  trial.part("restart", "tokens and machines outlive the cloud's service", async () => {
    const restart = trial.needs(trial.harness.restart?.bind(trial.harness), "restart");
    const asked = trial.requests(2);
    const before = await trial.launched(asked);
    await restart();
    const after = await trial.launched(asked);
    expect(after.map((one) => one.id)).toEqual(before.map((one) => one.id));
    await trial.lists(asked);
  });

  test("atomic: when one cannot be had, none is kept", async () => {
    const asked = [...trial.requests(2), unknownType()];
    const outcomes = await trial.harness.cloud.machines.launch(asked, { atomic: true });
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, false, false]);
    await trial.until(async () => (await trial.alive()).every((one) => one.state === "stopping"));
  });

  test("atomic: all of them when all can be had", async () => {
    const asked = trial.requests(3);
    const outcomes = await trial.harness.cloud.machines.launch(asked, { atomic: true });
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    await trial.lists(asked);
  });

  test("the list brings back everything that was asked", async () => {
    const asked = trial.requests(2);
    await trial.launched(asked);
    const machines = await trial.until(async () => two(await trial.alive()));
    for (const one of asked) {
      const machine = machines.find((each) => each.token === one.token);
      expect(machine).toMatchObject({
        token: one.token,
        node: one.node,
        pool: one.pool,
        offering: one.offering,
        role: "compute",
      });
      expect(machine?.tags).toMatchObject(one.tags);
      expect(machine?.launchedAt.getTime()).not.toBeNaN();
    }
    expect(new Set(machines.map((machine) => machine.id)).size).toBe(2);
  });

  test("a machine gets an address", async () => {
    await trial.launched([trial.request()]);
    const machine = await trial.until(async () =>
      (await trial.alive()).find((one) => one.address !== undefined),
    );
    expect(machine.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  test("a terminated machine goes for good: listed as gone, or no longer", async () => {
    const { machines } = trial.harness.cloud;
    const { id } = await trial.running();
    expect(await machines.terminate([id])).toEqual([{ ok: true }]);
    await trial.until(async () => (await trial.alive()).every((one) => one.id !== id));
    for (let look = 0; look < 3; look++) {
      await trial.harness.tick();
      const now = (await machines.list()).find((one) => one.id === id);
      expect(now?.state ?? "gone").toBe("gone");
    }
    const [again] = await machines.terminate([id]);
    expect(refusalOf(again)).toBe("NotFound");
  });

  test("terminating an unknown machine says NotFound, and harms no other", async () => {
    const [machine] = await trial.launched([trial.request()]);
    const ids = ["no-such-machine", machine?.id ?? ""];
    const outcomes = await trial.harness.cloud.machines.terminate(ids);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, true]);
    expect(refusalOf(outcomes[0])).toBe("NotFound");
  });

  trial.part("isolation", "another cluster's machines are neither seen nor touched", async () => {
    const { cloud } = trial.harness;
    const other = trial.needs(trial.harness.other, "second cluster");
    const mine = trial.request();
    const request = trial.request();
    await trial.launched([mine]);
    const [theirs] = await trial.launched([request], other);
    await trial.lists([request], other);
    await trial.lists([mine]);
    const id = theirs?.id ?? "";
    expect(refusalOf((await cloud.machines.terminate([id]))[0])).toBe("NotFound");
    const parked = await cloud.standby?.stop([id]);
    if (parked !== undefined) expect(refusalOf(parked[0])).toBe("NotFound");
    await expect(cloud.consoles.read(id)).rejects.toMatchObject({ kind: "NotFound" });
    await trial.harness.tick();
    expect((await trial.alive(other)).map((one) => one.state)).not.toContain("stopping");
    expect(await trial.tokens(other)).toEqual([request.token]);
  });

  trial.part("abort", "an abandoned launch leaves nothing that the list cannot see", async () => {
    const asked = trial.requests(3);
    const abort = new AbortController();
    const call = trial.harness.cloud.machines
      .launch(asked, { atomic: false, signal: abort.signal })
      .then(
        () => "answered",
        () => "rejected",
      );
    abort.abort();
    const ending = await call;
    await trial.launched(asked);
    await trial.lists(asked);
    expect(["answered", "rejected"]).toContain(ending);
  });

  test("a launch that was given up before it began rejects", async () => {
    const before = trial.harness.cloud.machines.launch([trial.request()], {
      atomic: false,
      signal: AbortSignal.abort(),
    });
    await expect(before).rejects.toBeDefined();
    expect(await trial.tokens()).toEqual([]);
  });
}

const two = <T>(items: readonly T[]) => (items.length === 2 ? items : undefined);
