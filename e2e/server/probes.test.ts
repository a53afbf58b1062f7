import { ROUTES } from "@sluice/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOSTILE_VALUES, HOSTILE_WORDS, MARKER } from "./probes/hostile.ts";
import { filled, isChange, type Operation, operations } from "./probes/operations.ts";
import { broken, jsonOf, placesIn, sampleOf } from "./probes/samples.ts";
import { faultOf, forEachOf } from "./probes/verdict.ts";
import { type RawRequest, send } from "./probes/wire.ts";
import { type Person, siteOfServer } from "./site.ts";

const JSON_TYPE = ["content-type", "application/json"] as const;

let all: readonly Operation[] = [];
let faults: string[] = [];

beforeAll(async () => {
  all = await operations();
});

interface Probe extends RawRequest {
  readonly what: string;
  readonly operation: Operation;
  /** Of these only one may be the answer. */
  readonly expected?: readonly number[];
}

async function probe({ what, operation, expected, ...request }: Probe): Promise<void> {
  const name = `${operation.method} ${operation.path}, ${what}`;
  const answer = await send({ method: operation.method, ...request }).catch(String);
  if (typeof answer === "string") {
    faults.push(`${name}: ${answer}`);
    return;
  }
  const fault = faultOf(operation, answer);
  if (fault !== undefined) faults.push(`${name}: ${fault}`);
  if (expected?.includes(answer.status) === false) {
    faults.push(`${name}: ${answer.status} ${answer.body.slice(0, 200)}`);
  }
}

function found(): readonly string[] {
  const told = faults;
  faults = [];
  return told;
}

test("hostile bodies", async () => {
  const probes = function* (): Iterable<Probe> {
    for (const operation of all) {
      const { body, method } = operation;
      if (body?.media !== "application/json" || method === "GET") continue;
      const { person, path } = { person: "ada" as Person, path: filled(operation.path, "none") };
      const sample = sampleOf(body.schema, body.document);
      for (const place of placesIn(sample)) {
        for (const value of HOSTILE_VALUES) {
          const what = `${place.join(".")} = ${JSON.stringify(value).slice(0, 40)}`;
          yield { what, operation, person, path, headers: [JSON_TYPE], body: jsonOf(broken(sample, place, value)) };
        }
      }
    }
  };
  const list = [...probes()];
  console.log(list.length, list.filter((one) => one.operation.of === "slurm").length);
  const began = Date.now();
  await forEachOf(list.filter((one) => one.operation.of !== "slurm"), probe);
  console.log(Date.now() - began);
  const f = found(); console.log(f.length); (await import("node:fs")).writeFileSync("/tmp/h11/dev/faults.txt", f.join("\n"));
});
test.runIf(process.env.WORDS)("hostile words", async () => {
  const probes = function* (): Iterable<Probe> {
    for (const operation of all) {
      if (operation.id === "signOut") continue;
      for (const word of HOSTILE_WORDS) {
        const p = operation.path;
        if (p.includes("{")) yield { what: word.slice(0, 50), operation, person: "ada", path: filled(p, word) };
        if (p.includes("{cluster}")) yield { what: `cluster ${word.slice(0, 50)}`, operation, person: "ada", path: filled(p, "x", word) };
        for (const name of operation.query) yield { what: `${name}=${word.slice(0, 50)}`, operation, person: "ada", path: `${filled(p, "x")}?${name}=${word}` };
      }
    }
  };
  const list = [...probes()];
  console.log(list.length, list.filter((one) => one.operation.of === "slurm").length);
  const began = Date.now();
  await forEachOf(list.filter((one) => one.operation.of !== "slurm"), probe);
  console.log(Date.now() - began);
  const f = found(); console.log(f.length); (await import("node:fs")).writeFileSync("/tmp/h11/dev/faults-words.txt", f.join("\n"));
});
