import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HEAD_LAYOUT, JOIN_PORT, SECRET_FILES, UPDATE_UNIT } from "@sluice/boot";
import { createSlurmCommands, execRunner, type Run, SLURM_COMMAND_ENV } from "@sluice/slurm";
import { pino } from "pino";
import { clusterStateFile } from "../cluster-state.ts";
import { readContext } from "../context.ts";
import { run } from "../run.ts";
import { accountOf } from "../setup/files.ts";
import { openSubmissionJournal } from "../submission-journal/index.ts";
import { systemClock } from "../system-clock.ts";
import { watchForUpdates } from "../update/watch.ts";
import { lookAtProcess } from "./controller-guard.ts";
import { METRICS_HOST, METRICS_PORT } from "./metrics-api.ts";
import { serve } from "./serve.ts";

const CONTROLLER_PID = "/run/slurmctld/slurmctld.pid";

/** The node manager as a process, on this machine. It may be killed at any time. */
export async function daemon(): Promise<void> {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const context = await readContext();
  const secret = (name: string): Buffer => readFileSync(join(HEAD_LAYOUT.secrets, name));
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  const updates = watchForUpdates(
    {
      state: clusterStateFile(HEAD_LAYOUT.clusterState),
      files: context.cloud.files,
      clock: systemClock,
      begin: () => run(["systemctl", "start", "--no-block", UPDATE_UNIT]),
    },
    stop.signal,
  );
  const submissions = openSubmissionJournal({
    path: join(HEAD_LAYOUT.volume, "submissions.sqlite"),
    stateSave: HEAD_LAYOUT.stateSave,
    pidFile: CONTROLLER_PID,
    slurmVersion: context.slurmVersion,
    jwtKey: secret(SECRET_FILES.jwt),
    clock: systemClock,
    log,
  });
  const runSlurm = execRunner({ env: SLURM_COMMAND_ENV });
  await serve(
    {
      context,
      slurm: createSlurmCommands({ run: runSlurm }),
      describeJob: jobDescriber(runSlurm),
      clock: systemClock,
      log,
      paths: HEAD_LAYOUT,
      hookGroup: accountOf("slurm").gid,
      join: { host: context.address, port: JOIN_PORT },
      scrape: { host: METRICS_HOST, port: METRICS_PORT },
      mungeKey: secret(SECRET_FILES.munge),
      tls: {
        key: secret(SECRET_FILES.tlsKey),
        cert: secret(SECRET_FILES.tlsCertificate).toString("utf8"),
      },
      ...(submissions === undefined ? {} : { submissions }),
      controller: {
        look: () => lookAtProcess(CONTROLLER_PID),
        ping: (signal) => pingController(runSlurm, signal),
        kill: async () => {
          await run(["systemctl", "kill", "--signal=KILL", "slurmctld"]);
        },
      },
    },
    stop.signal,
  );
  await updates;
}

/** Its exit code tells of nothing: what it says does. */
async function pingController(runSlurm: Run, signal: AbortSignal): Promise<void> {
  const { stdout, stderr } = await runSlurm(["scontrol", "ping"], { signal });
  if (!/ is UP$/m.test(stdout)) throw new Error(stdout.trim() || stderr.trim());
}

/** Milliseconds that slurmctld has for an answer. */
const SHOW_PATIENCE = 30_000;

/** What scontrol shows of a job; empty when there is none. Rejects when slurmctld does not answer. */
function jobDescriber(runSlurm: Run) {
  return async (jobId: number, signal: AbortSignal): Promise<string> => {
    const argv = ["scontrol", "--local", "--oneliner", "show", "job", String(jobId)];
    const { exitCode, stdout, stderr } = await runSlurm(argv, { signal, timeoutMs: SHOW_PATIENCE });
    if (exitCode === 0) return stdout;
    if (/Invalid job id/i.test(stderr)) return "";
    throw new Error(stderr.trim());
  };
}
