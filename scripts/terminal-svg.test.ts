import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./sources.ts";

function drawn(text: string): string {
  const script = join(ROOT, "scripts/terminal-svg.mjs");
  return execFileSync(process.execPath, [script], { input: text, encoding: "utf8" });
}

function texts(svg: string): readonly string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) =>
    text.replaceAll("\u00a0", " "),
  );
}

test("a line that is erased and drawn again is there once, as it ended", () => {
  const output =
    "… step\r\x1b[K✔ step\n⠋ head 0.1 s\n\x1b[1A\x1b[J⠙ head 0.2 s\n\x1b[1A\x1b[Jdone\n";
  expect(texts(drawn(output))).toEqual(["✔ step", "done"]);
});

test("colours and weights become attributes, at the column where they stand", () => {
  const svg = drawn("ab \x1b[32mgood\x1b[39m \x1b[1;31mbad\x1b[0m <&>\n");
  expect(texts(svg)).toEqual(["ab", "good", "bad", "&#60;&#38;&#62;"]);
  expect(svg).toMatch(/<text x="43.2"[^>]*fill="#98c379">good</);
  expect(svg).toMatch(/fill="#e06c75" font-weight="bold">bad</);
});

test("what script(1) adds is left out", () => {
  const output = 'Script started on today [COMMAND="x"]\nhello\r\n\nScript done on today\n';
  expect(texts(drawn(output))).toEqual(["hello"]);
});

test("the picture in the README is of the text beside it", () => {
  const media = (name: string): string => readFileSync(join(ROOT, "docs/media", name), "utf8");
  expect(media("quickstart.svg")).toBe(drawn(media("quickstart.txt")));
});
