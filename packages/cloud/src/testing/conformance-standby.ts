import { expect } from "vitest";
import type { Machine } from "../contract.ts";
import { refusalOf, type Trial } from "./conformance-trial.ts";

/** Switching machines off and on again. */
export function standbyCases(trial: Trial): void {
  const standby = () => trial.needs(trial.harness.cloud.standby, "standby");
  const listed = async (id: string) => (await trial.alive()).find((one) => one.id === id);
  const facts = ({ id, token, node, address, pool, offering }: Machine) => ({
    id,
    token,
    node,
    address,
    pool,
    offering,
  });

  /** Asks until it is so; while a machine is switched off or on it is never going away for ever. */
  async function brought(id: string, to: "stopped" | "running"): Promise<Machine> {
    return trial.until(async () => {
      const machine = await listed(id);
      expect(machine?.state).not.toBe("stopping");
      return machine?.state === to && machine;
    });
  }

  trial.part(
    "standby",
    "a machine that was stopped is the same one when it is started again",
    async () => {
      const machine = await trial.running();
      const before = await trial.until(async () => {
        const now = await listed(machine.id);
        return now?.address !== undefined && now;
      });
      expect(await standby().stop([machine.id])).toEqual([{ ok: true }]);
      expect(facts(await brought(machine.id, "stopped"))).toEqual(facts(before));
      expect(await standby().start([machine.id])).toEqual([{ ok: true }]);
      expect(facts(await brought(machine.id, "running"))).toEqual(facts(before));
    },
    3,
  );

  trial.part(
    "standby",
    "a stopped machine stays stopped, also when its service restarts, until it is terminated",
    async () => {
      const machine = await trial.running();
      await standby().stop([machine.id]);
      await brought(machine.id, "stopped");
      await standby().stop([machine.id]);
      await trial.harness.restart?.();
      await trial.harness.tick();
      expect(await listed(machine.id)).toMatchObject({ state: "stopped" });
      expect(await trial.harness.cloud.machines.terminate([machine.id])).toEqual([{ ok: true }]);
      await trial.until(async () => (await listed(machine.id)) === undefined);
      const [started] = await standby().start([machine.id]);
      expect(refusalOf(started)).toBe("NotFound");
    },
    2,
  );

  trial.part("standby", "an unknown machine is neither stopped nor started", async () => {
    const machine = await trial.running();
    const outcomes = await standby().stop(["no-such-machine", machine.id]);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, true]);
    expect(refusalOf(outcomes[0])).toBe("NotFound");
    const [started] = await standby().start(["no-such-machine"]);
    expect(refusalOf(started)).toBe("NotFound");
    expect(await standby().stop([])).toEqual([]);
  });

  trial.part(
    "standby",
    "a stopped machine leaves room for another",
    async () => {
      const scarce = trial.needs(trial.harness.scarce, "scarce offering");
      const { queue, computeResource } = scarce.pool;
      const as = { offering: scarce.offering, pool: { queue, computeResource } };
      const first = await trial.running(as);
      await standby().stop([first.id]);
      await brought(first.id, "stopped");
      await trial.launched(trial.requests(scarce.capacity, as));
      const [refused] = await standby().start([first.id]);
      expect(refusalOf(refused)).toBe("InsufficientCapacity");
      expect(await listed(first.id)).toMatchObject({ state: "stopped" });
    },
    2,
  );
}
