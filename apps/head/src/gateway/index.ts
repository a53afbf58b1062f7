import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { totalmem } from "node:os";
import { dirname, join } from "node:path";
import { GATEWAY_PORT, HEAD_LAYOUT, SECRET_FILES, SLURMRESTD_PORT } from "@sluice/boot";
import {
  accountFor,
  asAccount,
  createDoor,
  createDoorTerminals,
  createHeadQuestions,
  createWorkers,
  terminalUnits,
} from "@sluice/gateway/head";
import { pino } from "pino";
import { readConfig, readFacts } from "../context.ts";
import { accountOf } from "../setup/files.ts";
import { systemClock } from "../system-clock.ts";
import { rootsOf } from "./roots.ts";

/** Each is a Node of its own; all together may have a quarter of the machine's memory. */
const WORKER_BYTES = 80 << 20;
const FEWEST_WORKERS = 4;
const MOST_WORKERS = 64;
const IDLE_MILLISECONDS = 5 * 60_000;
/** Each is a Python of its own with a shell; all together may have an eighth of the memory. */
const TERMINAL_BYTES = 16 << 20;
const FEWEST_TERMINALS = 8;
const MOST_TERMINALS = 256;
/** What of a worker waits for a file system at the same time, of which one may hang for ever. */
const WORKER_THREADS = 16;
const LOOK_MILLISECONDS = 2000;

/** Where servers come in, as a process on this machine. It may be killed at any time. */
export async function gateway(): Promise<void> {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const { address, clusterName, slurmVersion } = await readFacts();
  const secret = (name: string): Buffer => readFileSync(join(HEAD_LAYOUT.secrets, name));
  const slurmUser = accountOf("slurm");
  const services = new Set(["slurm", "slurmrestd"].map((name) => accountOf(name).uid));
  const program = [process.execPath, ...process.execArgv, process.argv[1] ?? ""];
  const workers = createWorkers({
    folder: HEAD_LAYOUT.workers,
    accountFor: (user) => accountFor(user, services),
    argvFor: (account, socketPath) =>
      asAccount(account, [
        ...["env", `UV_THREADPOOL_SIZE=${WORKER_THREADS}`],
        ...[...program, "worker", socketPath],
      ]),
    lineFor: (account) => JSON.stringify(rootsOf(account, readConfig())),
    clock: systemClock,
    log,
    most: Math.min(MOST_WORKERS, Math.max(FEWEST_WORKERS, totalmem() / 4 / WORKER_BYTES)),
    idleMilliseconds: IDLE_MILLISECONDS,
  });
  const terminals = createDoorTerminals({
    folder: HEAD_LAYOUT.terminals,
    accountFor: (user) => accountFor(user, services),
    ...terminalUnits(join(dirname(process.argv[1] ?? ""), "terminal.py")),
    most: Math.min(
      MOST_TERMINALS,
      Math.max(FEWEST_TERMINALS, Math.floor(totalmem() / 8 / TERMINAL_BYTES)),
    ),
    clock: systemClock,
    log,
  });
  const door = createDoor({
    tls: { key: secret(SECRET_FILES.tlsKey), cert: secret(SECRET_FILES.tlsCertificate) },
    key: secret(SECRET_FILES.gateway).toString("utf8").trim(),
    slurmrestd: { host: "127.0.0.1", port: SLURMRESTD_PORT },
    workers,
    terminals,
    questions: createHeadQuestions({
      clusterName,
      slurmVersion,
      slurmUser,
      jobState: join(HEAD_LAYOUT.stateSave, "job_state"),
      clock: systemClock,
    }),
    clock: systemClock,
    log,
  });
  const stop = new Promise<void>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve());
  });
  await door.listen({ host: address, port: GATEWAY_PORT });
  // An update may share other folders.
  watchFile(HEAD_LAYOUT.clusterState, { interval: LOOK_MILLISECONDS }, () => {
    try {
      workers.tell();
    } catch (error) {
      log.warn({ err: error }, "workers keep the folders of before");
    }
  });
  log.info({ cluster: clusterName, address, port: GATEWAY_PORT }, "gateway started");
  await stop;
  unwatchFile(HEAD_LAYOUT.clusterState);
  await door[Symbol.asyncDispose]();
}
