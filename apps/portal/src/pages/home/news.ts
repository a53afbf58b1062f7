import type { News } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { clusterHref, jobHref } from "../../frame/addresses.ts";

/** What it is about, which leads there, and what else is said of it. */
export interface Headline {
  readonly linked: string;
  readonly rest: string;
}

export function headlineOf(news: News): Headline {
  const said = text.home.news;
  const { kind, cluster = "", queue = "", name = "", id = "", state = "" } = news;
  switch (kind) {
    case "cluster-unreachable":
      return whole(said[kind](cluster));
    case "cluster-failed":
      return whole(said[kind](cluster, state));
    case "cluster-lost":
      return whole(said[kind](cluster));
    case "jobs-moved":
      return whole(said[kind](news.count ?? 1, name, cluster));
    case "queue-protected":
      return whole(said[kind](cluster, queue));
    case "fleet-stopped":
      return whole(said[kind](cluster));
    case "capacity-missing":
      return whole(said[kind](cluster, queue, name));
    case "job-failed":
      return { linked: said[kind](id, name), rest: endOf(news) };
    case "trigger-failing":
      return whole(said[kind](name));
    case "token-expires":
      return whole(said[kind](name));
    case "certificate-expires":
      return whole(said[kind]);
    case "operation-running":
      return whole(said[kind](operationOf(news)));
    default:
      return kind satisfies never;
  }
}

/** Where more is said of it. */
export function hrefOf({ kind, cluster = "", id = "" }: News): string | undefined {
  switch (kind) {
    case "job-failed":
      return jobHref(cluster, id);
    case "jobs-moved":
      return id === "" ? "/moved-jobs" : jobHref(cluster, id);
    case "trigger-failing":
      return "/triggers";
    case "token-expires":
      return "/account";
    case "certificate-expires":
      return "/administration/health";
    default:
      return cluster === "" ? undefined : clusterHref(cluster);
  }
}

/** How a job ended, by Slurm's state and `code:signal`. */
function endOf({ state = "", exitCode = "" }: News): string {
  const { ends } = text.home.news;
  if (state !== "FAILED") return state in ends ? wordsOf(state) : state;
  const [code = "", signal = "0"] = exitCode.split(":");
  return signal === "0" ? ends.FAILED(code) : ends.KILLED(signal);
}

function wordsOf(state: string): string {
  const { ends } = text.home.news;
  const words = ends[state as keyof typeof ends];
  return typeof words === "string" ? words : state;
}

function operationOf({ state = "", cluster, name = "" }: News): string {
  const { operations } = text.home.news;
  const what = cluster ?? name;
  if (state === "create-cluster" || state === "update-cluster" || state === "delete-cluster") {
    return operations[state](what);
  }
  return operations.other(state, what);
}

function whole(linked: string): Headline {
  return { linked, rest: "" };
}
