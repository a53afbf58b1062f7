import type { IdleTime } from "../../cluster-file/config.ts";
import type { Edit } from "../../cluster-file/edit/edit.ts";
import type { Path } from "../../cluster-file/problem.ts";
import { queueSettings } from "../../cluster-file/queue-settings.ts";
import type { Rule } from "../contract.ts";
import { set } from "../edits.ts";
import type { AdviceFile, QueueView, ResourceView } from "../file.ts";
import { dynamicCost, isAllStatic, paidByTheHour, staticCost } from "../fleet-cost.ts";
import { takenForInteractive } from "../inference.ts";
import { anHour, HOURS_PER_MONTH, usd, WORKING_HOURS_PER_MONTH } from "../money.ts";
import { counted, typeNames } from "../words.ts";

const KEY = "ScaledownIdletime";
const USUAL_MINUTES = 10;
const LONG_SECONDS = 30 * 60;
/** A machine of a cloud takes minutes to come up. */
const SHORT_SECONDS = 60;

interface Idle {
  /** Where the idle time of these queues is, or would be, written. */
  readonly path: Path;
  readonly subject: string;
  readonly idle: IdleTime;
  /** With nodes that come and go. */
  readonly resources: readonly ResourceView[];
}

/** One for the file, and one for each queue that has its own. */
function idleTimes({ config, queues }: AdviceFile): Idle[] {
  const own = queues.filter(({ queue }) => queue[KEY] !== undefined);
  const others = queues.filter(({ queue }) => queue[KEY] === undefined);
  const whole: Idle = {
    path: ["Scheduling", "SlurmSettings", KEY],
    subject: "the cluster",
    idle: config.Scheduling.SlurmSettings[KEY],
    resources: elastic(others),
  };
  return [
    whole,
    ...own.map((view) => ({
      path: [...view.path, KEY],
      subject: `queue ${view.queue.Name}`,
      idle: queueSettings(config, view.queue).idleTime,
      resources: elastic([view]),
    })),
  ].filter(({ resources }) => resources.length > 0);
}

function elastic(queues: readonly QueueView[]): ResourceView[] {
  return queues
    .flatMap(({ resources }) => resources)
    .filter(({ dynamic, isReserved }) => dynamic > 0 && !isReserved);
}

const longIdleTime: Rule = {
  id: "autoscaling/long-idle-time",
  pitfall: 3,
  title: "idle machines are kept for long",
  looksFor: "a `ScaledownIdletime` of more than 30 minutes",
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    for (const { path, subject, idle, resources } of idleTimes(file)) {
      if (idle === "never" || idle.seconds <= LONG_SECONDS) continue;
      const minutes = Math.round(idle.seconds / 60);
      const cost = dynamicCost(resources);
      yield {
        subject,
        level: idle.seconds > 4 * LONG_SECONDS ? "medium" : "low",
        evidence: [path],
        why: `each machine is paid for ${minutes} minutes after its last job; a new one takes a few`,
        cost: {
          basis: `up to ${cost.for(idle.seconds / 3600 - USUAL_MINUTES / 60)} each time all ${counted(cost.nodes, "dynamic node")} fall idle, beyond ${USUAL_MINUTES} minutes`,
        },
        fix: {
          edits: [set(path, USUAL_MINUTES)],
          safe: false,
          does: `write ${KEY}: ${USUAL_MINUTES}; jobs that come later wait for a machine`,
        },
        alternatives: ["write WarmNodes for the hours in which jobs shall not wait"],
      };
    }
  },
};

const shortIdleTime: Rule = {
  id: "autoscaling/short-idle-time",
  pitfall: 3,
  title: "machines go before the next job comes",
  looksFor: "a `ScaledownIdletime` of less than a minute",
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    for (const { path, subject, idle, resources } of idleTimes(file)) {
      if (idle === "never" || idle.seconds >= SHORT_SECONDS) continue;
      const cost = dynamicCost(resources);
      const longer = USUAL_MINUTES / 60 - idle.seconds / 3600;
      yield {
        subject,
        level: "low",
        evidence: [path],
        why: `a machine goes ${idle.seconds} seconds after its last job, and the next job, a moment later, waits minutes for another; the minutes of each start are paid for as well`,
        cost: {
          basis: `the jobs' time; ${USUAL_MINUTES} minutes cost up to ${cost.for(longer)} more each time all ${counted(cost.nodes, "dynamic node")} fall idle`,
        },
        fix: {
          edits: [set(path, USUAL_MINUTES)],
          safe: false,
          does: `write ${KEY}: ${USUAL_MINUTES}`,
        },
      };
    }
  },
};

const WORKING_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri"];
const WORKING_HOURS = "08:00-18:00";

function warmInWorkingHours(queue: Path, count: number): Edit {
  const window = { Days: WORKING_DAYS, Hours: WORKING_HOURS, TimeZone: "UTC", Count: count };
  return set(
    [...queue, "WarmNodes"],
    { Schedule: [window] },
    {
      after: "Name",
      comment: "ready in working hours; write the TimeZone of those who work",
    },
  );
}

const interactiveWaits: Rule = {
  id: "autoscaling/interactive-waits",
  pitfall: 3,
  title: "people wait for machines to start",
  looksFor: "a queue named for interactive work that has neither `WarmNodes` nor static nodes",
  mends: "edit",
  providers: ["aws", "azure"],
  *find({ queues }) {
    for (const view of queues) {
      const { queue, path, resources } = view;
      const isReady =
        queue.WarmNodes !== undefined || resources.some((one) => one.resource.MinCount > 0);
      if (view.interactive === undefined || isReady) continue;
      const prices = resources.flatMap(({ cheapest }) => cheapest ?? []);
      const price = prices.toSorted((a, b) => a.usdPerHour - b.usdPerHour)[0];
      const added = price === undefined ? undefined : price.usdPerHour * WORKING_HOURS_PER_MONTH;
      yield {
        subject: `queue ${queue.Name}`,
        level: "medium",
        evidence: [...view.interactive.evidence, [...path, "WarmNodes"]],
        why: "the first job of the morning, and each one after a pause, waits minutes for a machine to start while somebody sits before it",
        inferred: takenForInteractive(view.interactive),
        cost: {
          ...(added === undefined ? {} : { addsUsdPerMonth: added }),
          basis:
            price === undefined || added === undefined
              ? "people's time"
              : `people's time; one node at ${anHour(price)}, ten hours on five days a week, is ${usd(added)} a month`,
        },
        fix: {
          edits: [warmInWorkingHours(path, 1)],
          safe: false,
          does: "write WarmNodes with one node in working hours",
        },
      };
    }
  },
};

/** USD a month; less is not worth a word. */
const WORTH_A_WORD = 100;

const staticNodesIdle: Rule = {
  id: "autoscaling/static-nodes-idle",
  pitfall: 3,
  title: "static nodes run day and night",
  looksFor: `a queue whose \`MinCount\` costs more than ${WORTH_A_WORD} USD a month, in a file where other nodes come and go`,
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    if (isAllStatic(file)) return;
    for (const view of file.queues) {
      const { queue, path } = view;
      const resources = paidByTheHour(view.resources).filter(
        ({ resource }) => resource.MinCount > 0,
      );
      const cost = staticCost(resources);
      const { nodes } = cost;
      const month = cost.usdPerHour * HOURS_PER_MONTH;
      if (view.isSpot || month < WORTH_A_WORD) continue;
      const saves = month * (1 - WORKING_HOURS_PER_MONTH / HOURS_PER_MONTH);
      const hasWarm = queue.WarmNodes !== undefined;
      yield {
        subject: `queue ${queue.Name}`,
        level: month >= 10 * WORTH_A_WORD ? "high" : "medium",
        evidence: resources.map((one) => [...one.path, "MinCount"]),
        why: `${counted(nodes, "node")} of ${typeNames(resources.flatMap(({ types }) => types))} ${nodes === 1 ? "is" : "are"} paid for through nights and weekends, whether jobs run or not`,
        cost: {
          savesUsdPerMonth: saves,
          basis: `${cost.for(HOURS_PER_MONTH)} a month; up to ${usd(saves)} of it when they are up in working hours only and no job runs besides`,
        },
        fix: {
          edits: [
            ...resources.map((one) => set([...one.path, "MinCount"], 0)),
            ...(hasWarm ? [] : [warmInWorkingHours(path, nodes)]),
          ],
          safe: false,
          does: `write MinCount: 0 and ${hasWarm ? "leave it to WarmNodes" : "WarmNodes for working hours"}; the nodes are named dy instead of st then`,
        },
      };
    }
  },
};

export const AUTOSCALING_RULES: readonly Rule[] = [
  longIdleTime,
  shortIdleTime,
  interactiveWaits,
  staticNodesIdle,
];
