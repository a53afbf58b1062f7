import { appendFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import setup from "../global-setup.ts";
import { Site } from "../harness.ts";
import type { Run } from "../run.ts";
import { type ChaosReport, runChaos } from "./chaos.ts";
import { CHAOS } from "./cluster-file.ts";

const USAGE = `npm run chaos -- [options]
  --seconds N   how long faults go on (600)
  --seed N      of the schedule, as a run printed it (random)
  --jobs N      how many jobs (one a second)
  --gap N       seconds between two faults, on average (4)
  --log FILE    what happens, line by line (chaos.log)
`;

/** Problems that are printed; what was kept as evidence has all of them. */
const SHOWN = 15;

function parse(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{ seconds: { type: "string" }, seed: { type: "string" }, jobs: { type: "string" } },
      ...{ gap: { type: "string" }, log: { type: "string" }, help: { type: "boolean" } },
    },
  });
  const number = (name: "seconds" | "seed" | "jobs" | "gap", otherwise: number): number => {
    const value = values[name] === undefined ? otherwise : Number(values[name]);
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} is not a number`);
    return value;
  };
  const seconds = number("seconds", 600);
  return {
    help: values.help === true,
    seconds,
    seed: number("seed", Math.floor(Math.random() * 1e9)),
    jobs: number("jobs", Math.round(seconds)),
    gap: number("gap", 4),
    log: resolve(values.log ?? "chaos.log"),
  };
}

function print(report: ChaosReport): void {
  const { problems, faults, ...numbers } = report;
  for (const [name, value] of Object.entries(numbers)) console.log(`${name.padEnd(20)} ${value}`);
  for (const [kind, count] of Object.entries(faults)) console.log(`  ${kind.padEnd(28)} ${count}`);
  for (const problem of problems.slice(0, SHOWN)) console.log(`PROBLEM ${problem}`);
  console.log(problems.length === 0 ? "all is right" : `${problems.length} problems`);
}

async function main(): Promise<number> {
  const { help, log, ...options } = parse(process.argv.slice(2));
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const stop = new AbortController();
  process.on("SIGINT", () => {
    if (stop.signal.aborted) process.exit(130);
    process.stderr.write("\ntaking everything down; once more to leave it as it is\n");
    stop.abort(new Error("broken off"));
  });
  process.on("SIGTERM", () => stop.abort(new Error("broken off")));

  const live = process.stdout.isTTY === true;
  writeFileSync(log, "");
  const say = (line: string): void => {
    appendFileSync(log, `${line}\n`);
    process.stdout.write(live ? `\r\u001b[K${line}\n` : `${line}\n`);
  };
  const show = (status: string): void => {
    if (live)
      process.stdout.write(`\r\u001b[K${status.slice(0, (process.stdout.columns ?? 80) - 1)}`);
  };
  let run: Run | undefined;
  const finish = await setup({
    provide: (_key, value) => {
      run = value as Run;
    },
  });
  let report: ChaosReport | undefined;
  try {
    if (run === undefined) throw new Error("the programs were not built");
    stop.signal.throwIfAborted();
    const site = new Site("chaos", [], run);
    await using cluster = await site.createCluster("chaos", CHAOS);
    report = await runChaos(cluster, {
      ...options,
      calmSeconds: 200,
      evidence: join(tmpdir(), `sluice-chaos-${options.seed}-${process.pid}`),
      signal: stop.signal,
      say,
      show,
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    say("broken off");
  } finally {
    await finish();
  }
  if (report === undefined) return 130;
  appendFileSync(log, `${JSON.stringify(report)}\n`);
  print(report);
  return report.problems.length === 0 ? 0 : 1;
}

process.exitCode = await main();
