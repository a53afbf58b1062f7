import { archProblem, machineTypeProblem, queueChoices } from "./machine-choices.ts";
import type { CloudPlan, Purpose, QueuePlan } from "./plan.ts";
import { planProblem } from "./plan-text.ts";
import { answerEntries, ask, confirm, type Interview } from "./question.ts";

/** As many as a person answers questions for; a file takes more. */
const MAX_QUEUES = 20;

const PURPOSES: Readonly<Record<Purpose, string>> = {
  throughput: "many independent jobs, each on one node",
  mpi: "MPI: jobs across several nodes",
  gpu: "GPUs: training, inference, rendering",
  interactive: "interactive: somebody waits for it to begin",
};

/** One queue after the other. @param available machine types that the account can have. */
export function* queuesInterview(
  base: CloudPlan,
  available: ReadonlySet<string> | undefined,
): Interview<readonly QueuePlan[]> {
  const queues: QueuePlan[] = [];
  for (let number = 1; number <= MAX_QUEUES; number += 1) {
    queues.push(yield* queueInterview({ ...base, queues }, number, available));
    if (number === MAX_QUEUES) break;
    const id = `queue.${number}.another`;
    const more = yield* confirm({ id, message: "another queue?", fallback: "no" });
    if (!more) break;
  }
  return queues;
}

function* queueInterview(
  plan: CloudPlan,
  number: number,
  available: ReadonlySet<string> | undefined,
): Interview<QueuePlan> {
  const id = (key: string) => `queue.${number}.${key}`;
  let queue: QueuePlan = {
    name: `queue-${number}`,
    purpose: "throughput",
    types: [plan.headType],
    maxCount: "10",
    isSpot: false,
    warm: "0",
  };
  const checked =
    (change: (answer: string) => Partial<QueuePlan>) =>
    (answer: string): string | undefined =>
      planProblem({ ...plan, queues: [...plan.queues, { ...queue, ...change(answer) }] });

  const purpose = (yield* ask({
    kind: "choose",
    id: id("purpose"),
    message: `what are the jobs of queue ${number} like?`,
    choices: Object.entries(PURPOSES).map(([value, label]) => ({ value, label })),
    fallback: "throughput",
  })) as Purpose;
  const taken = plan.queues.map(({ name }) => name);
  const name = yield* ask({
    kind: "text",
    id: id("name"),
    message: "name of the queue",
    fallback: taken.includes(purpose) ? `${purpose}-${number}` : purpose,
    check: checked((answer) => ({ name: answer })),
  });
  queue = { ...queue, name };

  const place = { provider: plan.provider, region: plan.region, available };
  const choices = queueChoices(purpose, { ...place, headType: plan.headType });
  // What the purpose asks for, such as a placement group, is not for every type.
  const types = (answer: string) => ({ purpose, types: answerEntries(answer) });
  const chosen = yield* ask({
    kind: "several",
    id: id("types"),
    message: "machine types",
    help: "the cheapest that fits a job is filled first; more of them are had sooner",
    choices,
    open: true,
    fallback: choices[0]?.value ?? plan.headType,
    check: (answer) =>
      answerEntries(answer)
        .map((type) => machineTypeProblem(type, place) ?? archProblem(type, plan))
        .find((problem) => problem !== undefined) ?? checked(types)(answer),
  });
  queue = { ...queue, ...types(chosen) };

  const maxCount = yield* ask({
    kind: "text",
    id: id("max-nodes"),
    message: "nodes of each machine type, at most",
    help: "they come when jobs want them, from none",
    fallback: "10",
    check: checked((answer) => ({ maxCount: answer })),
  });
  queue = { ...queue, maxCount };
  if (purpose === "interactive") {
    const warm = yield* ask({
      kind: "text",
      id: id("ready-nodes"),
      message: "idle nodes that are kept ready",
      help: "nobody waits for a boot then; they are paid for around the clock",
      fallback: "1",
      check: checked((answer) => ({ warm: answer })),
    });
    return { ...queue, warm };
  }
  const spot = checked((answer) => ({ isSpot: answer === "yes" }));
  const isSpot = yield* confirm({
    id: id("spot"),
    message: "spot machines?",
    help: "about a third of the price; they may be taken away, and their jobs then start again",
    fallback: purpose === "throughput" && spot("yes") === undefined ? "yes" : "no",
    check: spot,
  });
  return { ...queue, isSpot };
}
