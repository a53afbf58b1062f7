import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readIni } from "./ini.ts";

const options = (text: string, section = "s") =>
  Object.fromEntries(
    [...(readIni(text).sections.get(section)?.options ?? [])].map(([key, { raw }]) => [key, raw]),
  );
const problems = (text: string) =>
  readIni(text).problems.map(({ place, message }) => `${place.line}:${place.column} ${message}`);

describe("readIni", () => {
  it("takes either delimiter, keys in any case and values with delimiters", () => {
    expect(options("[s]\nA=1\nb : 2\nC = x=y:z\nd: s3://b/k\ne =\n")).toEqual({
      a: "1",
      b: "2",
      c: "x=y:z",
      d: "s3://b/k",
      e: "",
    });
  });

  it("goes on with a value in indented lines, over empty ones, and ends it at the next key", () => {
    expect(options("[s]\na = 1,\n    2,\n\n    3\nb = 4\n\n")).toEqual({
      a: "1,\n2,\n\n3",
      b: "4",
    });
    expect(options("[s]\n  a = 1\n  b = 2\n    c = 3\n")).toEqual({ a: "1", b: "2\nc = 3" });
  });

  it("knows comments at the start of a line and behind white space only", () => {
    expect(
      options("# x\n[s] ; y\n; z\na = 1 # one\nb = 2;3\nc = 4#5\t;6\n  # still c\n  7\n"),
    ).toEqual({ a: "1", b: "2;3", c: "4#5\n7" });
  });

  it("keeps names of sections as they are, and places as they were", () => {
    const { sections } = readIni("\uFEFF[Cluster My Own]\r\n\r\n  key =  value\r\n");
    const section = sections.get("Cluster My Own");
    expect(section?.place).toEqual({ line: 1, column: 1 });
    expect(section?.options.get("key")).toEqual({
      name: "key",
      raw: "value",
      keyPlace: { line: 3, column: 3 },
      valuePlace: { line: 3, column: 10 },
    });
  });

  it("keeps [DEFAULT] apart", () => {
    const { defaults, sections } = readIni("[DEFAULT]\na = 1\n[s]\nb = 2\n");
    expect(defaults.get("a")?.raw).toBe("1");
    expect([...sections.keys()]).toEqual(["s"]);
  });

  it("goes on after what ConfigParser ends at", () => {
    const text = "a = 1\n[s]\nb = 1\nnothing here\nb = 2\n = 3\n[t]\n[s]\nc = 4\n";
    expect(problems(text)).toEqual([
      "1:1 this line stands before the first section",
      '4:1 "nothing here" is not a setting',
      '5:1 the key "b" is here twice, first in line 3, and the first one counts',
      '6:2 "= 3" is not a setting',
      '8:1 the section "[s]" is here twice, first in line 2',
    ]);
    expect(options(text)).toEqual({ b: "1", c: "4" });
  });

  it("ends quickly with a clear answer on a file that is too long", () => {
    const line = "key = value\n";
    expect(problems(line.repeat(1_000_000))).toEqual([
      "1:1 the file has 12000000 characters, and a version-2 file at most 262144",
    ]);
    const lines = `[s]\n${"x\n".repeat(100_000)}`;
    expect(problems(lines)).toHaveLength(100);
  });

  it("reads back whatever can be written on one line", () => {
    const value = fc.stringMatching(/^[\w/:=.,%-]{0,30}$/);
    const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/);
    fc.assert(
      fc.property(fc.dictionary(key, value, { noNullPrototype: true }), (settings) => {
        const lines = Object.entries(settings).map(([name, text]) => `${name} = ${text}`);
        expect(options(["[s]", ...lines].join("\n"))).toEqual(settings);
      }),
    );
  });
});
