import { afterAll, beforeAll, expect, it } from "vitest";
import { requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

it("makes a cluster up to a head that is ready", async () => {
  const { infrastructure } = trial.cloud;
  const watch = watching();
  const record = await infrastructure.apply(requestFor("demo"), watch).catch((error) => {
    console.log(watch.lines().join("\n"), error, trial.region.defects);
    throw error;
  });
  console.log(watch.lines().join("\n"), record);
  expect(record.status).toBe("CREATE_COMPLETE");
  console.log(await infrastructure.cost?.("demo"), await infrastructure.machines("demo"));
  const bye = watching();
  console.log(await infrastructure.destroy("demo", { ...bye, retainAccounting: false }));
  console.log(bye.lines().join("\n"));
});
