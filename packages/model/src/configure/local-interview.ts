import { LOCAL_OSES } from "../cluster-file/schema/image.ts";
import type { LocalPlan } from "./plan.ts";
import { planProblem } from "./plan-text.ts";
import { answerEntries, ask, type Interview } from "./question.ts";

const LABELS: Readonly<Record<(typeof LOCAL_OSES)[number], string>> = {
  debian13: "Debian 13, with Slurm 24.11",
  debian12: "Debian 12, with Slurm 22.05",
  debian14: "Debian 14, in the making, with Slurm 26.05",
};

/** Five questions. @param userName whose machine it is; the first user of the cluster. */
export function* localInterview(userName: string | undefined): Interview<LocalPlan> {
  let plan: LocalPlan = {
    provider: "local",
    os: "debian13",
    users: ["ada"],
    queues: ["main"],
    maxCount: "4",
    idleTime: "2m",
  };
  const checked =
    (change: (answer: string) => Partial<LocalPlan>) =>
    (answer: string): string | undefined =>
      planProblem({ ...plan, ...change(answer) });

  const own = checked((name) => ({ users: [name] }))(userName ?? "") === undefined;
  const os = yield* ask({
    kind: "choose",
    id: "os",
    message: "operating system of the machines",
    choices: LOCAL_OSES.map((value) => ({ value, label: LABELS[value] })),
    fallback: plan.os,
  });
  plan = { ...plan, os };

  const users = (answer: string) => ({ users: answerEntries(answer) });
  const named = yield* ask({
    kind: "text",
    id: "users",
    message: "names of the users, separated by commas",
    help: "each becomes a Unix user on every machine",
    fallback: own && userName !== undefined ? userName : "ada",
    check: atLeastOne(checked(users)),
  });
  plan = { ...plan, ...users(named) };

  const queues = (answer: string) => ({ queues: answerEntries(answer) });
  const queueNames = yield* ask({
    kind: "text",
    id: "queues",
    message: "names of the queues, separated by commas",
    help: "each is a partition in Slurm; jobs that name none go to the first",
    fallback: "main",
    check: atLeastOne(checked(queues)),
  });
  plan = { ...plan, ...queues(queueNames) };

  const maxCount = yield* ask({
    kind: "text",
    id: "max-nodes",
    message: "nodes of each queue, at most",
    help: "they come when jobs want them, from none; about 50 MB of memory each",
    fallback: plan.maxCount,
    check: checked((answer) => ({ maxCount: answer })),
  });
  plan = { ...plan, maxCount };

  const idleTime = yield* ask({
    kind: "text",
    id: "idle-time",
    message: "how long an idle node stays, such as 30s, 10m or 1h",
    fallback: plan.idleTime,
    check: checked((answer) => ({ idleTime: answer })),
  });
  return { ...plan, idleTime };
}

/** A list of nothing would be left out of the file, and no check would see it. */
export function atLeastOne(check: (answer: string) => string | undefined) {
  return (answer: string): string | undefined =>
    answerEntries(answer).length === 0 ? "write at least one" : check(answer);
}
