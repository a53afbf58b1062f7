import { describe, expect, it } from "vitest";
import {
  amount,
  bytes,
  duration,
  money,
  number,
  percent,
  relativeTime,
  sentence,
} from "./format.ts";

describe("what people read", () => {
  it.each([
    [0, "0 s"],
    [59.6, "1 min 00 s"],
    [245, "4 min 05 s"],
    [7440, "2 h 04 min"],
    [266_400, "3 d 02 h"],
    [undefined, "–"],
  ])("%s seconds", (seconds, said) => expect(duration(seconds)).toBe(said));

  it.each([
    [0, "0 B"],
    [1023, "1,023 B"],
    [1536, "1.5 KiB"],
    [5 * 1024 ** 4, "5 TiB"],
  ])("%s bytes", (count, said) => expect(bytes(count)).toBe(said));

  it.each([
    [0, "0"],
    [0.0123, "0.0123"],
    [0.25, "0.25"],
    [2.34, "2.3"],
    [1234.5, "1,235"],
  ])("an amount of %s", (value, said) => expect(amount(value)).toBe(said));

  it.each([
    [0.004, "0.4 %"],
    [0.5, "50 %"],
    [Number.NaN, "–"],
  ])("a share of %s", (share, said) => expect(percent(share)).toBe(said));

  it("has sums of money, small ones with what counts", () => {
    expect(money(1234.5)).toBe("$1,234.50");
    expect(money(0.0123)).toBe("$0.0123");
    expect(money(0)).toBe("$0.00");
  });

  it("says when, from now", () => {
    const now = Date.parse("2026-01-10T12:00:00Z");
    expect(relativeTime("2026-01-10T11:59:50Z", now)).toBe("just now");
    expect(relativeTime("2026-01-10T11:55:00Z", now)).toBe("5 minutes ago");
    expect(relativeTime("2026-01-12T12:00:00Z", now)).toBe("in 2 days");
  });

  it("groups numbers and ends sentences", () => {
    expect(number(1_234_567)).toBe("1,234,567");
    expect(sentence("no job 12")).toBe("No job 12.");
    expect(sentence("Why?")).toBe("Why?");
  });

  it.each([
    ["hpc7a.96xlarge has EFA", "hpc7a.96xlarge has EFA."],
    ["q-dy-a-1 is down", "q-dy-a-1 is down."],
    ["slurm_load: refused", "slurm_load: refused."],
    ["home/ada is full", "home/ada is full."],
    ["minCount is 0", "minCount is 0."],
    ["stopped.", "Stopped."],
    ["full: no more", "Full: no more."],
    ["élan of it", "Élan of it."],
    ["2 nodes", "2 nodes."],
  ])("leaves names at the beginning alone: %s", (words, said) => {
    expect(sentence(words)).toBe(said);
  });
});
