import { clusterSnapshot, watchCluster } from "@sluice/lifecycle";
import { isSluiceError, messageOf } from "@sluice/model";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import type { Host } from "../host.ts";
import { topScreen } from "../render/top.ts";

/** The terminal's other screen, so that what was on it is there again afterwards. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const ERASE_LINE_END = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

const QUIT: ReadonlySet<string> = new Set(["q", "Q", "\x03", "\x04"]);

export const topCommand: DefineCommand = (program, cli) => {
  program
    .command("top")
    .description("watch queue and nodes live; q ends it; one snapshot as JSON when piped")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: name }) => {
        const { host, output } = context;
        if (output.format === "text" && host.stdoutIsTerminal && host.stdinIsTerminal) {
          await watch(context, name);
          return 0;
        }
        const snapshot = await clusterSnapshot({ cloud: await context.cloudOf(name), name });
        await output.emit(snapshot, (_, paint) =>
          screen(topScreen({ name, snapshot, paint, now: host.clock.now() })),
        );
        return 0;
      }),
    );
};

async function watch(context: Context, name: string): Promise<void> {
  const { host, output } = context;
  const cloud = await context.cloudOf(name);
  const done = new AbortController();
  const signal = AbortSignal.any([context.endOnInterrupt(), done.signal]);
  const snapshots = watchCluster({ cloud, name, clock: host.clock, signal });
  // The first look fails with an ordinary error, before the screen is taken.
  let watched = await snapshots.next();
  host.writeOut(ENTER);
  const quitting = quitOnKey(host, done);
  try {
    let last: Parameters<typeof topScreen>[0]["snapshot"];
    while (!watched.done && !signal.aborted) {
      const { value } = watched;
      if (value.ok) last = value.snapshot;
      else if (isSluiceError(value.error) && value.error.source === "user") throw value.error;
      const trouble = value.ok ? undefined : messageOf(value.error);
      const { columns, rows } = host.size();
      const lines = topScreen({
        name,
        snapshot: last,
        trouble,
        paint: output.paint,
        now: host.clock.now(),
        columns,
        rows,
      });
      host.writeOut(`${HOME}${lines.join(`${ERASE_LINE_END}\n`)}${ERASE_LINE_END}${ERASE_BELOW}`);
      watched = await snapshots.next();
    }
  } finally {
    done.abort();
    await quitting;
    host.writeOut(LEAVE);
  }
}

async function quitOnKey(host: Host, done: AbortController): Promise<void> {
  for await (const key of host.keys(done.signal)) {
    if (QUIT.has(key)) return done.abort();
  }
}

function screen(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
