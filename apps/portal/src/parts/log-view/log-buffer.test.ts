import { describe, expect, it } from "vitest";
import { plainLine, styledLine } from "./ansi.ts";
import { LogBuffer, textOfBlock } from "./log-buffer.ts";

const textOf = (log: LogBuffer): string => log.blocks.map(textOfBlock).join("\n");

describe("the lines of a log", () => {
  it("puts lines together that come in pieces", () => {
    const log = new LogBuffer();
    for (const piece of ["fir", "st\nsec", "ond", "\n", "\nfourth\n"]) log.append(piece);
    expect(textOf(log)).toBe("first\nsecond\n\nfourth");
    expect([log.lineCount, log.added]).toEqual([4, 4]);
  });

  it("overwrites a line after a return, and knows the ends of lines of Windows", () => {
    const log = new LogBuffer();
    for (const piece of ["10 %\r", "20 %\r", "30 %", "\r\ndone\r\n"]) log.append(piece);
    expect(textOf(log)).toBe("30 %\ndone");
  });

  it("keeps the last lines, and blocks as they were", () => {
    const log = new LogBuffer(1_000);
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => `line ${from + at}\n`).join("");
    log.append(lines(0, 700));
    const [first] = log.blocks;
    log.append(lines(700, 900));
    expect(log.blocks[0]).toBe(first);
    log.append(lines(900, 2_500));
    expect(log.lineCount).toBeLessThanOrEqual(1_000);
    expect(log.lineCount + log.dropped).toBe(2_500);
    expect(textOf(log).endsWith("line 2499")).toBe(true);
  });

  it("takes what stands before, and begins anew", () => {
    const log = new LogBuffer();
    log.append("third\n");
    log.prepend("first\nsecond\n");
    expect(textOf(log)).toBe("first\nsecond\nthird");
    expect(new Set(log.blocks.map(({ id }) => id)).size).toBe(log.blocks.length);
    log.clear();
    log.append("anew");
    expect(textOf(log)).toBe("anew");
  });

  it("breaks a line that does not end", () => {
    const log = new LogBuffer();
    for (let round = 0; round < 10; round += 1) log.append("x".repeat(3_000));
    expect(Math.max(...log.blocks.flatMap(({ lines }) => lines.map((line) => line.length)))).toBe(
      4_000,
    );
    expect(textOf(log).replaceAll("\n", "")).toHaveLength(30_000);
  });
});

describe("orders to a terminal", () => {
  it("are colours, or are left out", () => {
    const { pieces, end } = styledLine("a\x1b[1;31mred\x1b[0m b\x1b[2K\x1b]0;title\x07c", {});
    expect(pieces).toEqual([
      { text: "a", style: {} },
      { text: "red", style: { isBold: true, colour: 1 } },
      { text: " b", style: {} },
      { text: "c", style: {} },
    ]);
    expect(end).toEqual({});
    expect(styledLine("\x1b[38;5;9mx\x1b[38;2;1;31;3my", {}).end).toEqual({ colour: 9 });
    expect(plainLine("\x07\x1b[32mok\x1b[m\x00")).toBe("ok");
  });

  it("go on in the next line, over the ends of blocks", () => {
    const log = new LogBuffer();
    log.append(`\x1b[32m${"green\n".repeat(250)}`);
    expect(log.blocks[1]?.style).toEqual({ colour: 2 });
  });
});
