import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { add, RUNS, repeat } from "./report.ts";

const MACHINES = 1001;
const sluice = fileURLToPath(new URL("../bin/sluice", import.meta.url));
const example = fileURLToPath(new URL("../examples/aws.yaml", import.meta.url));

/** Machines by the SDK from a region on loopback, and templates that are made offline. */
export async function measureAws(): Promise<void> {
  await measureLaunches();
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    await measureSynthesis("the example", example, folder);
    const large = join(folder, "large.yaml");
    writeFileSync(large, largeFile(200, 5));
    await measureSynthesis("200 queues of 5 compute resources", large, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The region is a process of its own, so that its work is not counted. */
async function measureLaunches(): Promise<void> {
  const all: { readonly cpu: number; readonly seconds: number; readonly calls: number }[] = [];
  for (let run = 0; run < Math.min(RUNS, 5); run++) {
    const region = start("aws-region.ts");
    const lines = linesOf(region);
    const where = JSON.parse(await lines()) as object;
    const launch = start("aws-launch.ts", JSON.stringify({ ...where, machines: MACHINES }));
    const took = JSON.parse(await linesOf(launch)()) as { cpu: number; seconds: number };
    region.stdin?.write("calls\n");
    const { calls } = JSON.parse(await lines()) as { calls: number };
    region.stdin?.end();
    all.push({ ...took, calls });
  }
  const count = (MACHINES - 1).toLocaleString("en");
  const of = (key: "cpu" | "seconds" | "calls") => all.map((one) => one[key]);
  add(`${count} launches asked of EC2, the program's own CPU`, "s", of("cpu"), 0.3);
  add("  until EC2 (a region on loopback) had accepted all", "s", of("seconds"));
  add("  calls of EC2 in all, with those that look around first", "×", of("calls"));
}

async function measureSynthesis(what: string, file: string, folder: string): Promise<void> {
  // Peak memory is told by the process itself as it ends.
  const tell = 'process.on("exit",()=>console.error("MAXRSS",process.resourceUsage().maxRSS))';
  const env = {
    ...process.env,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}`,
  };
  const argv = ["synth", "-n", "bench", "-c", file, "--out", join(folder, "out")];
  const memory: number[] = [];
  const seconds = await repeat(Math.min(RUNS, 5), async () => {
    const before = performance.now();
    const { stderr } = await promisify(execFile)(sluice, argv, { env });
    memory.push(Number(/MAXRSS (\d+)/.exec(stderr)?.[1]) / 1024);
    return (performance.now() - before) / 1000;
  });
  add(`sluice synth, ${what}`, "s", seconds);
  add("  memory at most", "MB", memory);
}

function largeFile(queues: number, resources: number): string {
  const many = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join("");
  return `Region: eu-central-1
Image: {Os: debian13}
HeadNode: {InstanceType: m7i.large}
Scheduling:
  Scheduler: slurm
  SlurmQueues:
${many(
  queues,
  (queue) => `    - Name: q${queue}
      Iam: {S3Access: [{BucketName: data-${queue}}]}
      ComputeResources:
${many(resources, (index) => `        - {Name: c${index}, InstanceType: c7i.large, MaxCount: 10}\n`)}`,
)}`;
}

function start(program: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  return spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

/** Its lines one by one; fails when it ends without one. */
function linesOf(child: ChildProcess): () => Promise<string> {
  if (child.stdout === null) throw new Error("it has no standard output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("a measured process ended without an answer");
    return value;
  };
}
