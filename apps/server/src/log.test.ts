import { expect, test } from "vitest";
import { createLog } from "./log.ts";

function logged(isPlain: boolean) {
  const lines: string[] = [];
  return { lines, log: createLog({ level: "info", isPlain, write: (line) => lines.push(line) }) };
}

test("for programs a line is a document, without what nobody may read", () => {
  const { lines, log } = logged(false);
  log.info({ token: "slu_x", config: { password: "hunter2" }, name: "ada" }, "made");
  log.debug("too much");
  expect(lines).toHaveLength(1);
  const document = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
  expect(document).toMatchObject({ level: "info", msg: "made", name: "ada", token: "(hidden)" });
  expect(lines[0]).not.toMatch(/slu_x|hunter2/);
});

test("for people a line is words, which move no cursor", () => {
  const { lines, log } = logged(true);
  log.warn({ path: "/a\u001b[2Jb\nfake", status: 404 }, "answered\u001b[31m");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d warn {2}answered\?\[31m path="\/a\\u001b\[2Jb\\nfake" status=404\n$/,
  );
  log.error({ err: new Error("no") }, "failed");
  expect(lines[1]).toMatch(/failed\nError: no\n {4}at /);
});
