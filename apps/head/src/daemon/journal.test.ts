import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LogLine } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import { afterEach, beforeEach, expect, it } from "vitest";
import { followJournal } from "./journal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Real time, a hundred times as fast. */
const clock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    delay(milliseconds / 100, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const entry = (cursor: string, unit: string, message: unknown): string =>
  JSON.stringify({
    __CURSOR: cursor,
    __REALTIME_TIMESTAMP: "1893456000000000",
    _SYSTEMD_UNIT: unit,
    MESSAGE: message,
  });

/** Follows what `printed` says, by the position that it is started with, until the sink has `wanted`. */
async function follow(options: {
  readonly printed: (after: string | undefined) => readonly string[];
  readonly wanted: number;
  readonly refusals?: number;
}) {
  const stop = new AbortController();
  const position = join(folder, "position");
  const kept: [string, LogLine][] = [];
  const starts: (string | undefined)[] = [];
  let refusals = options.refusals ?? 0;
  await followJournal(
    {
      units: ["slurmctld"],
      position,
      clock,
      log,
      follow: (_units, after) => {
        starts.push(after);
        const text = options.printed(after).join("\n");
        return spawn("sh", ["-c", 'printf "%s\\n" "$1"; exec sleep 60', "sh", text]);
      },
      sink: {
        async append(stream, lines) {
          if (refusals-- > 0) throw new Error("not now");
          kept.push(...lines.map((line): [string, LogLine] => [stream, line]));
          // The position is noted after this; what follows a signal is not read any more.
          if (kept.length >= options.wanted) setImmediate(() => stop.abort());
        },
      },
    },
    stop.signal,
  );
  return { kept, starts, position };
}

it("brings each service's lines to its own stream, and notes how far it is", async () => {
  const printed = () => [
    entry("c1", "slurmctld.service", "started"),
    "half a li",
    entry("c2", "munge.service", [104, 105]),
    entry("c3", "slurmctld.service", "going on"),
  ];
  const { kept, position } = await follow({ printed, wanted: 3 });
  const time = new Date("2030-01-01T00:00:00Z");
  expect(kept).toEqual([
    ["head/slurmctld", { time, text: "started" }],
    ["head/slurmctld", { time, text: "going on" }],
    ["head/munge", { time, text: "hi" }],
  ]);
  expect(readFileSync(position, "utf8")).toBe("c3\n");
});

it("goes on where it was", async () => {
  const printed = () => [entry("c1", "munge.service", "one")];
  await follow({ printed, wanted: 1 });
  expect((await follow({ printed, wanted: 1 })).starts).toEqual(["c1"]);
});

it("keeps what the cloud does not take, and brings it in order later", async () => {
  const printed = () => ["1", "2"].map((n) => entry(`c${n}`, "munge.service", n));
  const { kept } = await follow({ printed, wanted: 2, refusals: 3 });
  expect(kept.map(([, { text }]) => text)).toEqual(["1", "2"]);
});
