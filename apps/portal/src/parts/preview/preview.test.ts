import { describe, expect, it } from "vitest";
import { readBeginning, textOf } from "./bounded.ts";
import { columnsOf } from "./columns.ts";
import { endingOf, isBinary, kindOf } from "./kinds.ts";

const bodyOf = (...texts: string[]) => {
  const parts = texts.map((text) => new TextEncoder().encode(text));
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
    cancel() {
      isCancelled = true;
    },
  });
  return { body, isCancelled: () => isCancelled };
};

describe("how a file is shown", () => {
  it.each([
    ["result.csv", "table"],
    ["plot.PNG", "image"],
    ["paper.pdf", "pdf"],
    ["slurm-12.out", "text"],
    ["Makefile", "text"],
    [".bashrc", "text"],
    ["mesh.tar.gz", "unknown"],
  ])("%s", (name, kind) => expect(kindOf(name)).toBe(kind));

  it("knows no ending of names that begin with their only dot", () => {
    expect(endingOf(".hidden")).toBe("");
    expect(endingOf("a.tar.GZ")).toBe("gz");
  });

  it("finds bytes that are no text", () => {
    expect(isBinary(new Uint8Array([127, 69, 76, 70, 0]))).toBe(true);
    expect(isBinary(new TextEncoder().encode("naïve"))).toBe(false);
  });
});

describe("the beginning of a file", () => {
  it("is all of a short one", async () => {
    const { body } = bodyOf("one\n", "two");
    const beginning = await readBeginning(body, 100);
    expect(beginning.isWhole).toBe(true);
    expect(textOf(beginning)).toBe("one\ntwo");
  });

  it("ends with a line, and what follows is not fetched", async () => {
    const { body, isCancelled } = bodyOf("first\nsecond\nthi", "rd\n".repeat(1000), "never");
    const beginning = await readBeginning(body, 20);
    expect(beginning.bytes.length).toBe(20);
    expect(textOf(beginning)).toBe("first\nsecond\nthird\n");
    expect(isCancelled()).toBe(true);
  });

  it("keeps no half of a character", async () => {
    const beginning = await readBeginning(bodyOf("aé").body, 2);
    expect(textOf(beginning)).toBe("a");
  });
});

describe("columns of a table", () => {
  it("are numbers where each value is one or nothing", () => {
    expect(
      columnsOf([
        ["name", "time", "note"],
        ["a", "1.5e-3", "x"],
        ["b", "-12", ""],
        ["c", "", "3"],
      ]),
    ).toEqual([
      { name: "name", isNumeric: false },
      { name: "time", isNumeric: true },
      { name: "note", isNumeric: false },
    ]);
  });

  it("have numbers for names where the first line is values already", () => {
    expect(
      columnsOf([
        ["1", "1"],
        ["2", "4"],
      ]),
    ).toEqual([
      { name: undefined, isNumeric: true },
      { name: undefined, isNumeric: true },
    ]);
  });
});
