import { Agent, request } from "node:http";
import { connect } from "node:net";
import { SLURMCTLD_PORT, SLURMRESTD_PORT } from "@sluice/boot";
import { type Clock, SluiceError } from "@sluice/model";
import {
  commandFailure,
  isAtLeast,
  mintJwt,
  parseTime,
  type Run,
  rowCutter,
  type SlurmVersion,
} from "@sluice/slurm";
import { questionFor } from "./answer.ts";
import type { AccountedRun, JobRecord, JournalSlurm, SubmitAnswer } from "./contract.ts";
import { askController } from "./controller.ts";
import { readAnswers } from "./replay.ts";

export interface RestOptions {
  readonly slurmVersion: SlurmVersion;
  readonly jwtKey: Uint8Array;
  readonly clock: Clock;
  readonly run: Run;
  /** Unique and not to be guessed: it stands between values that users wrote. */
  readonly newMark: () => string;
}

const TOKEN_SECONDS = 600;
const TIMEOUT_MILLISECONDS = 35_000;
const COMMAND_MILLISECONDS = 30_000;
const READY_MILLISECONDS = 5;
const READY_LOOKS = 2000;
/** ESLURM_INVALID_JOB_ID, ESLURM_DUPLICATE_JOB_ID */
const UNKNOWN_JOB = 2017;
const DUPLICATE_JOB = 2011;
const RUN_COLUMNS = ["JobID", "JobIDRaw", "Submit", "State", "Start", "SubmitLine"] as const;

/** The version of slurmrestd's interface; undefined where jobs can't be asked for by number. */
export function restVersion(version: SlurmVersion): string | undefined {
  if (isAtLeast(version, 24, 11)) return "v0.0.42";
  if (isAtLeast(version, 24, 5)) return "v0.0.41";
  return isAtLeast(version, 23, 11) ? "v0.0.40" : undefined;
}

/**
 * Asks slurmctld and slurmrestd as SlurmUser, who alone may choose a job's number, and accounting by
 * sacct.
 */
export function journalSlurm(options: RestOptions): JournalSlurm {
  const { slurmVersion, clock, run, newMark } = options;
  const version = restVersion(slurmVersion) ?? "v0.0.40";
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let token = "";
  let tokenUntil = 0;
  const freshToken = (): string => {
    const now = clock.now();
    if (now.getTime() > tokenUntil) {
      const lifetimeSeconds = TOKEN_SECONDS;
      token = mintJwt({ user: "slurm", lifetimeSeconds, key: options.jwtKey, now });
      tokenUntil = now.getTime() + (TOKEN_SECONDS / 2) * 1000;
    }
    return token;
  };
  const call = (method: string, path: string, body?: object): Promise<Answer> =>
    ask(agent, { method, path: `/slurm/${version}/${path}`, token: freshToken(), body });

  const listed = async (argv: readonly string[], columns: number, mark: string) => {
    const result = await run(argv, { timeoutMs: COMMAND_MILLISECONDS });
    if (result.exitCode !== 0) {
      if (/accounting storage is disabled/i.test(result.stderr)) return [];
      throw commandFailure(argv, result);
    }
    return rowCutter(mark, columns)(result.stdout);
  };

  return {
    // Whoever asks too early waits for a second: meanwhile numbers are given to others.
    async ready() {
      for (let looks = 0; looks < READY_LOOKS; looks++) {
        if (await isOpen(SLURMCTLD_PORT)) return;
        await clock.sleep(READY_MILLISECONDS);
      }
      throw unreachable({});
    },
    async job(jobId) {
      const answer = await call("GET", `job/${jobId}`);
      if (numbersOf(answer).includes(UNKNOWN_JOB)) return [];
      if (!Array.isArray(answer.jobs) || numbersOf(answer).length > 0) throw unreachable(answer);
      return answer.jobs as readonly JobRecord[];
    },
    async tell(jobIds) {
      const question = questionFor(jobIds, { slurmVersion, token: freshToken() });
      const asking = { port: SLURMCTLD_PORT, timeoutMilliseconds: TIMEOUT_MILLISECONDS };
      return askController(question, asking);
    },
    read: (answers) => readAnswers(answers, { format: version, newMark }),
    async submit(description): Promise<SubmitAnswer> {
      const answer = await call("POST", "job/submit", { job: description });
      const numbers = numbersOf(answer);
      if (numbers.includes(DUPLICATE_JOB)) return { kind: "duplicate" };
      if (typeof answer.job_id === "number" && answer.job_id > 0) return { kind: "accepted" };
      // Slurm's own refusals are 2000 and more, and RPC errors of its transport 1000 and more.
      if (!numbers.some((number) => number >= 2000 && number < 4000)) throw unreachable(answer);
      return { kind: "refused", reason: reasonOf(answer) };
    },
    async runs(jobIds): Promise<readonly AccountedRun[]> {
      const mark = newMark();
      const argv = [
        ...["sacct", "--noheader", "--allusers", "--allocations", "--duplicates", "--parsable"],
        ...["--array", `--delimiter=${mark}`, `--jobs=${jobIds.join(",")}`],
        ...["--starttime=1970-01-02", `--format=${RUN_COLUMNS.join(",")}`],
      ];
      return (await listed(argv, RUN_COLUMNS.length, mark)).flatMap(runOf);
    },
  };
}

function runOf([id = "", , submit = "", state = "", start = "", line = ""]: readonly string[]) {
  const [, job, task] = /^(\d+)(?:_(\d+))?/.exec(id.trim()) ?? [];
  if (job === undefined) return [];
  const run: AccountedRun = {
    jobId: Number(job),
    taskId: task === undefined ? undefined : Number(task),
    submitTime: (parseTime(submit)?.getTime() ?? 0) / 1000,
    state: state.split(" ")[0] ?? "",
    hasStarted: parseTime(start) !== undefined,
    submitLine: line,
  };
  return [run];
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}

interface Answer {
  readonly jobs?: unknown;
  readonly job_id?: unknown;
  readonly errors?: unknown;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body: object | undefined;
}

function ask(agent: Agent, { method, path, token, body }: Asked): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      "x-slurm-user-token": token,
      ...(text === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    const where = { host: "127.0.0.1", port: SLURMRESTD_PORT, method, path, agent, headers };
    const sent = request({ ...where, timeout: TIMEOUT_MILLISECONDS }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.once("error", reject);
      response.once("end", () => {
        try {
          resolve(JSON.parse(Buffer.concat(parts).toString("utf8")) as Answer);
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.once("timeout", () => sent.destroy(new Error("slurmrestd does not answer")));
    sent.once("error", reject);
    sent.end(text);
  });
}

interface AnswerError {
  readonly error_number?: number;
  readonly error?: string;
  readonly description?: string;
}

function errorsOf({ errors }: Answer): readonly AnswerError[] {
  return Array.isArray(errors) ? (errors as AnswerError[]) : [];
}

function numbersOf(answer: Answer): readonly number[] {
  return errorsOf(answer).map(({ error_number: number }) => number ?? 0);
}

function reasonOf(answer: Answer): string {
  const [first] = errorsOf(answer);
  return first?.error ?? first?.description ?? "no reason was given";
}

function unreachable(answer: Answer): SluiceError {
  const message = `slurmrestd: ${reasonOf(answer)}`;
  return new SluiceError("SLURM_UNREACHABLE", "system", message, {
    hint: "Look at `systemctl status slurmctld slurmrestd` on the head; it is tried again.",
  });
}
