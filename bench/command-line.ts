import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { largeClusterText } from "../packages/model/src/testing/large-cluster.ts";
import { cli } from "./cluster.ts";
import { add, RUNS, repeat } from "./report.ts";

const QUEUES = 2000;

/** What a person waits for at the shell. */
export async function measureCommandLine(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    await measureIn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureIn(folder: string): Promise<void> {
  const kept = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const { name, text } = largestExample();
  const example = kept(name, text);
  const changed = kept(`changed-${name}`, text.replace(/MaxCount: \d+/, "MaxCount: 21"));
  const large = largeClusterText({ queues: QUEUES });
  const queues = kept("queues.yaml", large);
  const changedQueues = kept("changed-queues.yaml", large.replaceAll("MaxCount: 8", "MaxCount: 7"));

  await row("sluice version", undefined, "version");
  await row("sluice validate, the largest example", 0.3, "validate", "-c", example);
  await row("sluice plan, the same with one change", 0.3, "plan", "-c", changed, "--from", example);
  const size = `${QUEUES} queues of 5 compute resources`;
  await row(`sluice validate, ${size}`, 1.5, "validate", "-c", queues);
  await row(
    `sluice plan, a change of each of ${QUEUES} queues`,
    undefined,
    "plan",
    "-c",
    changedQueues,
    "--from",
    queues,
  );
}

async function row(what: string, goal: number | undefined, ...argv: string[]): Promise<void> {
  const time = async (): Promise<number> => {
    const before = performance.now();
    await cli(...argv);
    return (performance.now() - before) / 1000;
  };
  add(what, "s", await repeat(RUNS, time), goal);
}

function largestExample(): { readonly name: string; readonly text: string } {
  const folder = fileURLToPath(new URL("../examples/", import.meta.url));
  const examples = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
  return examples.reduce((a, b) => (b.text.length > a.text.length ? b : a));
}
