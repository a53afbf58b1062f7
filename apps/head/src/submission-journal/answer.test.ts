import { expect, test } from "vitest";
import { type Answer, answerIn, isWhole, joined, questionFor } from "./answer.ts";

/** As slurmctld sends it: no credential, a count, two times, and jobs. */
function answer(count: number, jobs: string): Buffer {
  const body = Buffer.alloc(20);
  body.writeUInt32BE(count, 0);
  const all = Buffer.concat([body, Buffer.from(jobs)]);
  const header = Buffer.from("2a00004407d400000000000000000000", "hex");
  header.writeUInt32BE(all.length, 6);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length + all.length);
  return Buffer.concat([length, header, all]);
}

test("the question is what Slurm's own clients send, with the jobs behind it", () => {
  const question = questionFor([1, 258], { slurmVersion: "24.11", token: "t" });
  expect(question.toString("hex")).toBe(
    [
      "00000034", // length
      "2a00000007d3", // version, flags, REQUEST_JOB_INFO
      "00000016", // of the body
      "000000000000",
      "00000066000000027400" /* auth/jwt, the token */,
      "00000000",
      "00000000000000000013", // since when, what to show
      "000000020000000100000102",
    ].join(""),
  );
});

test("each release has the next version of the protocol", () => {
  const version = (slurmVersion: `${number}.${number}`) =>
    questionFor([], { slurmVersion, token: "" }).readUInt8(4);
  expect(version("23.11")).toBe(40);
  expect(version("24.05")).toBe(41);
  expect(version("25.05")).toBe(43);
  expect(version("26.05")).toBe(45);
});

test("an answer is known by its type, and an error by its number", () => {
  const bytes = answer(2, "ab");
  expect(answerIn(bytes)).toMatchObject({ count: 2 });
  expect(isWhole(bytes.subarray(0, -1))).toBe(false);
  expect(answerIn(bytes.subarray(0, -1))).toEqual({ error: undefined });
  const refusal = Buffer.from("000000142a0000401f4100000004000000000000000003ef", "hex");
  expect(answerIn(refusal)).toEqual({ error: 1007 });
  expect(answerIn(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"))).toEqual({ error: undefined });
});

test("answers are joined to one with all their jobs", () => {
  const all = joined([answerOf(1, "one"), answerOf(0, ""), answerOf(2, "two,three")]);
  expect(isWhole(all)).toBe(true);
  expect(all).toEqual(answer(3, "onetwo,three"));
});

function answerOf(count: number, jobs: string): Answer {
  return { count, bytes: answer(count, jobs) };
}
