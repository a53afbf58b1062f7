import { afterAll, beforeAll, expect, it } from "vitest";
import { loginAddressOutput } from "../synth/logical-id.ts";
import { PLAIN, requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

const POOLS = ["in", "in-2"].map(
  (name) => `{Name: ${name}, InstanceType: t3.micro, Count: 1, GracetimePeriod: 3}`,
);
const FILE = `${PLAIN}LoginNodes: {Pools: [${POOLS.join(", ")}]}\n`;

it("says where people reach each pool of login nodes, and the head from outside", async () => {
  const { infrastructure } = trial.cloud;
  const record = await infrastructure.apply(requestFor("demo", FILE), watching());
  expect(record.head?.publicAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  const { "login in": first, "login in-2": second } = record.resources;
  expect([first, second]).toEqual([
    expect.stringMatching(/\.elb\.eu-central-1\.amazonaws\.com$/),
    expect.stringMatching(/\.elb\.eu-central-1\.amazonaws\.com$/),
  ]);
  expect(first).not.toBe(second);
  expect(loginAddressOutput("in")).toBe("LoginAddressIn");
});
