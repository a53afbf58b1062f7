import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { mintJwt } from "@sluice/slurm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPitfalls } from "./bodies.ts";
import { SlurmDocument } from "./document.ts";
import { queryOf, segmentsIn } from "./path.ts";
import { SlurmReads } from "./reads.ts";
import { userOfSlurmJwt } from "./slurm-jwt.ts";
import type { SlurmAnswer } from "./upstream.ts";

/** Some operations of what slurmrestd 24.11 says of itself, without its prose. */
const document = new SlurmDocument(
  JSON.parse(
    readFileSync(new URL("../testing/slurmrestd-24.11.json", import.meta.url), "utf8"),
  ) as unknown,
);
const invalid = expect.objectContaining({ code: "REQUEST_INVALID" });

describe("a path", () => {
  it.each([
    "/slurm/../openapi",
    "/slurm/%2e%2e/openapi",
    "/slurm/%2E%2e%2fopenapi",
    "/slurm/v0.0.41/job/1%2f2",
    "/slurm/v0.0.41/job/1%5c2",
    "/slurm/v0.0.41/job/1%0d%0aX-SLURM-USER-NAME: root",
    "/slurm/v0.0.41/job/%00",
    "/slurm/v0.0.41/job/%252e%252e",
    "/slurm/v0.0.41//jobs",
    "/slurm/v0.0.41/job/%e0%a4%a",
    "/slurm/v0.0.41/./jobs",
  ])("that is not plain is none: %s", (path) => {
    expect(segmentsIn(path)).toBeUndefined();
  });

  it("that is one comes out in words that make it again", () => {
    const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const path = `/${words.map(encodeURIComponent).join("/")}`;
        const segments = segmentsIn(path);
        const isPlain = words.every((one) => !/[/\\%\p{Cc}\u2028\u2029]|^\.{1,2}$/u.test(one));
        expect(segments).toEqual(isPlain ? words : undefined);
      }),
    );
  });
});

describe("slurmrestd's document", () => {
  const find = (method: string, path: string) =>
    document.find(method, path.split("/").filter(Boolean));

  it("knows operations with and without the slash at the end", () => {
    expect(find("GET", "/slurm/v0.0.41/jobs")?.path).toBe("/slurm/v0.0.41/jobs/");
    expect(find("GET", "/slurm/v0.0.41/jobs/state")?.template).toBe("/slurm/v0.0.41/jobs/state/");
    expect(find("DELETE", "/slurm/v0.0.41/job/12")?.path).toBe("/slurm/v0.0.41/job/12");
  });

  it.each([
    ["GET", "/slurm/v0.0.99/jobs"],
    ["PUT", "/slurm/v0.0.41/jobs"],
    ["GET", "/slurm/v0.0.41/nothing"],
    ["GET", "/slurm/v0.0.41/job/1/2"],
    ["get ", "/slurm/v0.0.41/jobs"],
    ["__proto__", "/slurm/v0.0.41/jobs"],
  ])("does not know others: %s %s", (method, path) => {
    expect(find(method, path)).toBeUndefined();
  });

  it.each([
    { job: { script: "#!/bin/sh\ntrue", current_working_directory: "/tmp", environment: ["A=b"] } },
    { job: { environment: { A: "b" }, tasks: "3", time_limit: 5, name: "x" } },
    { job: { time_limit: { set: true, infinite: false, number: 5 }, begin_time: 17 } },
    { job: { mail_type: "END,FAIL", nodes: "2-4", hold: true, nice: null } },
    { jobs: [{ script: "#!/bin/sh", name: 3 }] },
    { script: "#!/bin/sh", job: { unheard_of: [1] } },
  ])("lets pass what slurmrestd's own parser takes: %j", (body) => {
    expect(() => find("POST", "/slurm/v0.0.41/job/submit")?.checkBody(body)).not.toThrow();
  });

  it.each([
    [[]],
    "text",
    7,
    { job: "x" },
    { job: { script: { a: 1 } } },
    { job: { name: ["x"] } },
    { jobs: [3] },
    { job: { rlimits: "x" } },
  ])("refuses what has another shape: %j", (body) => {
    expect(() => find("POST", "/slurm/v0.0.41/job/submit")?.checkBody(body)).toThrow(invalid);
  });

  it("refuses a body where there is none", () => {
    expect(() => find("GET", "/slurm/v0.0.41/jobs")?.checkBody({})).toThrow(invalid);
  });

  it("knows the names of a query and writes it in order", () => {
    const names = find("GET", "/slurm/v0.0.41/jobs")?.query ?? new Set<string>();
    expect(queryOf("update_time=1&flags=ALL", names)).toBe("?flags=ALL&update_time=1");
    expect(queryOf("", names)).toBe("");
    expect(() => queryOf("admin=1", names)).toThrow(invalid);
    expect(() => queryOf("flags=a%0d%0ab", names)).toThrow(invalid);
    expect(() => queryOf(`flags=${"a".repeat(5000)}`, names)).toThrow(invalid);
  });
});

it.each([
  { job: { group_id: "root" } },
  { jobs: [{ group_id: "ada" }] },
  { group_id: { set: true, number: "ada" } },
  { job: { name: "a\0b" } },
  { job: { "a\0b": 1 } },
  JSON.parse(`${"[".repeat(30)}${"]".repeat(30)}`) as unknown,
])("what slurmrestd ends on, or cuts off, does not reach it: %j", (body) => {
  expect(() => checkPitfalls(body)).toThrow(invalid);
});

it("a group's number reaches slurmrestd", () => {
  for (const group_id of ["2001", 2001, { set: true, number: 2001 }, undefined]) {
    expect(() => checkPitfalls({ job: { group_id } })).not.toThrow();
  }
});

describe("a token of Slurm's", () => {
  const key = new Uint8Array(32).fill(7);
  const now = new Date("2030-01-01T00:00:00Z");
  const token = mintJwt({ user: "ada", lifetimeSeconds: 60, key, now });
  const signed = (head: object, claims: object) => {
    const own = [head, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    return `${own.join(".")}.`;
  };

  it("says whose it is until it is over", () => {
    expect(userOfSlurmJwt(token, key, now)).toBe("ada");
    expect(userOfSlurmJwt(token, key, new Date(now.getTime() + 60_000))).toBeUndefined();
  });

  it("of another key, changed, unsigned or without a key is none", () => {
    const [head, claims, signature] = token.split(".");
    const other = signed({}, { exp: 1e12, sun: "root" }).split(".")[1];
    for (const bad of [
      `${head}.${other}.${signature}`,
      `${head}.${claims}.`,
      `${head}.${claims}`,
      `${token}.`,
      signed({ alg: "none" }, { exp: 1e12, sun: "ada" }),
      "",
      "..",
    ]) {
      expect(userOfSlurmJwt(bad, key, now)).toBeUndefined();
    }
    expect(userOfSlurmJwt(token, new Uint8Array(32), now)).toBeUndefined();
    const empty = mintJwt({ user: "ada", lifetimeSeconds: 60, key: new Uint8Array(), now });
    expect(userOfSlurmJwt(empty, new Uint8Array(), now)).toBeUndefined();
  });
});

describe("equal reads", () => {
  const scene = () => {
    let time = 0;
    let asked = 0;
    const reads = new SlurmReads({ now: () => new Date(time), sleep: async () => {} });
    const ask = async (): Promise<SlurmAnswer> => {
      asked++;
      return { status: 200, contentType: "application/json", body: Buffer.from(`${asked}`) };
    };
    return {
      reads,
      asked: () => asked,
      read: (user = "ada", how = ask) => reads.read({ cluster: "c", user, path: "/jobs" }, how),
      pass: (milliseconds: number) => {
        time += milliseconds;
      },
    };
  };

  it("of one user are asked once a second", async () => {
    const { read, asked, pass } = scene();
    await Promise.all(Array.from({ length: 1000 }, () => read()));
    expect(asked()).toBe(1);
    pass(999);
    await read();
    expect(asked()).toBe(1);
    pass(2);
    await read();
    expect(asked()).toBe(2);
  });

  it("of two users are asked for each", async () => {
    const { read, asked } = scene();
    await Promise.all([read("ada"), read("ben")]);
    expect(asked()).toBe(2);
  });

  it("are asked anew after a change, also those that were under way", async () => {
    const { read, reads, asked } = scene();
    const before = read();
    reads.changed("c");
    await Promise.all([before, read()]);
    expect(asked()).toBe(2);
  });

  it("after many changes are asked once more, when the question that is under way is answered", async () => {
    const { read, reads, asked } = scene();
    const slow = Promise.withResolvers<SlurmAnswer>();
    const first = read("ada", () => slow.promise);
    const later = Array.from({ length: 100 }, () => {
      reads.changed("c");
      return read();
    });
    await setImmediate();
    expect(asked()).toBe(0);
    slow.resolve({ status: 200, contentType: "", body: Buffer.from("before") });
    const answers = await Promise.all(later);
    expect(asked()).toBe(1);
    expect(new Set(answers.map(({ body }) => body.toString()))).toEqual(new Set(["1"]));
    expect((await first).body.toString()).toBe("before");
  });

  it("that failed or were answered with an error are asked again", async () => {
    const { read, asked } = scene();
    await expect(read("ada", async () => Promise.reject(new Error("away")))).rejects.toThrow(
      "away",
    );
    const body = Buffer.from("");
    await read("ada", async () => ({ status: 500, contentType: "", body }));
    await read();
    expect(asked()).toBe(1);
  });
});
