import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandFailure, execRunner, rowCutter, SLURM_COMMAND_ENV } from "@sluice/slurm";
import { type Answer, asksForJobs, isWhole, joined, versionOf } from "./answer.ts";
import type { JobRecord, Streams } from "./contract.ts";

export interface ReplayOptions {
  /** As slurmrestd has it: `v0.0.42`. */
  readonly format: string;
  /** Unique and not to be guessed: it stands between values that users wrote, and lets in. */
  readonly newMark: () => string;
}

const COMMAND_MILLISECONDS = 30_000;
const MOST_ASKED_BYTES = 65_536;

/**
 * What slurmctld answered, read by Slurm's own clients: here is somebody who gives them the same
 * answer again. slurmctld need not run.
 *
 * @returns for each answer the jobs in it, in its order; none for one that can't be read while others
 *   can.
 */
export async function readAnswers(
  answers: readonly Answer[],
  options: ReplayOptions,
): Promise<readonly (readonly JobRecord[])[]> {
  const found = new Map<Answer, readonly JobRecord[]>();
  for (const alike of Map.groupBy(answers, versionOf).values()) {
    for (const [answer, jobs] of await readAlike(alike, options)) found.set(answer, jobs);
  }
  return answers.map((answer) => found.get(answer) ?? []);
}

type Read = readonly (readonly [Answer, readonly JobRecord[]])[];

async function readAlike(answers: readonly Answer[], options: ReplayOptions): Promise<Read> {
  try {
    const records = await readJoined(joined(answers), options);
    let from = 0;
    return answers.map((answer) => {
      from += answer.count;
      return [answer, records.slice(from - answer.count, from)] as const;
    });
  } catch (error) {
    if (answers.length === 1) throw error;
    // One that is damaged spoils them all.
    const half = Math.ceil(answers.length / 2);
    const parts = [answers.slice(0, half), answers.slice(half)];
    const read = await Promise.allSettled(parts.map((part) => readAlike(part, options)));
    if (read.every(({ status }) => status === "rejected")) throw error;
    return read.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  }
}

async function readJoined(
  bytes: Buffer,
  { format, newMark }: ReplayOptions,
): Promise<readonly JobRecord[]> {
  const token = newMark();
  const folder = await mkdtemp(join(tmpdir(), "sluice-answer-"));
  await using again = await giving(bytes, token);
  try {
    const conf = join(folder, "slurm.conf");
    await writeFile(conf, confFor(again.port));
    const env = { ...SLURM_COMMAND_ENV, SLURM_CONF: conf, SLURM_JWT: token };
    const run = execRunner({ env });
    const output = async (argv: readonly string[]): Promise<string> => {
      const result = await run(argv, { timeoutMs: COMMAND_MILLISECONDS });
      if (result.exitCode !== 0) throw commandFailure(argv, result);
      return result.stdout;
    };
    const mark = newMark();
    const columns = ["JobID", "STDIN", "STDOUT", "STDERR"].map((name) => `${name}:${mark}`);
    const [json, rows] = await Promise.all([
      output(["scontrol", `--json=${format}`, "show", "jobs"]),
      output(["squeue", "--all", "--states=all", "--noheader", `--Format=${columns.join(",")}`]),
    ]);
    const { jobs } = JSON.parse(json) as { readonly jobs?: readonly JobRecord[] };
    return withStreams(jobs ?? [], rowCutter(mark, columns.length)(rows));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** scontrol says where streams go, and squeue how it was asked for: with `%j` and all. */
function withStreams(
  jobs: readonly JobRecord[],
  rows: readonly (readonly string[])[],
): readonly JobRecord[] {
  const byId = Map.groupBy(rows, ([id = ""]) => Number(id));
  return jobs.map((job) => {
    const [row, other] = byId.get(Number(job.job_id)) ?? [];
    // Of two jobs with one number nobody says which is which.
    if (row === undefined || other !== undefined) return job;
    const [, input, output, error] = row.map((text) => text.trim());
    const known = (name: keyof Streams, text = ""): Streams =>
      text === "" || text === "(null)" ? {} : { [name]: text };
    const streams = {
      ...known("input", input),
      ...known("output", output),
      ...known("error", error),
    };
    return { ...job, sluice_streams: streams };
  });
}

function confFor(port: number): string {
  return [
    "ClusterName=answer",
    "SlurmctldHost=answer(127.0.0.1)",
    `SlurmctldPort=${port}`,
    "AuthType=auth/munge",
    "AuthAltTypes=auth/jwt",
    "",
  ].join("\n");
}

/** To whoever asks for jobs and shows the token; others get nothing. */
async function giving(
  answer: Buffer,
  token: string,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let asked = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    socket.on("data", (part) => {
      asked = Buffer.concat([asked, part]);
      if (!isWhole(asked) && asked.length < MOST_ASKED_BYTES) return;
      if (asksForJobs(asked) && asked.includes(`${token}\0`)) socket.end(answer);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ port: 0, host: "127.0.0.1" }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
