import type { ExecRequest, ExecResult } from "@sluice/cloud";
import type {
  Clock,
  ComputeFleet,
  ComputeFleetStatus,
  Explanation,
  FleetEvent,
  JobView,
  NodeView,
  ProtectedComputeResource,
  QueueView,
} from "@sluice/model";
import { HEAD_PROGRAM } from "../head-control.ts";

export interface FakeUser {
  readonly name: string;
  readonly uid: number;
}

/**
 * A head as its shell shows it: the node manager's control verbs, `getent passwd` and `journalctl`.
 * A fleet that is asked to start or stop passes through STARTING or STOPPING and gets there after
 * `looksUntilSettled` looks at it; its static nodes are up from then on.
 */
export class FakeHead {
  readonly #clock: Clock;
  #status: ComputeFleetStatus = "STARTING";
  #changedAt: Date;
  #looksLeft: number;

  looksUntilSettled = 2;
  staticNodes = 0;
  /** Starting ends here instead of in RUNNING. */
  startsInto: ComputeFleetStatus = "RUNNING";
  queues: readonly string[] = ["main"];
  nodes: NodeView[] = [];
  jobs: JobView[] = [];
  events: FleetEvent[] = [];
  protected: ProtectedComputeResource[] = [];
  /** What `explain` answers, by its subject's name. */
  explanations = new Map<string, Explanation>();
  journal: readonly string[] = ["slurmctld: started", "slurmctld: running"];
  users: readonly FakeUser[] = [
    { name: "root", uid: 0 },
    { name: "slurm", uid: 64030 },
    { name: "ada", uid: 1001 },
    { name: "grace", uid: 1002 },
  ];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#changedAt = clock.now();
    this.#looksLeft = this.looksUntilSettled;
  }

  exec({ argv }: ExecRequest): ExecResult {
    const [program = "", ...words] = argv;
    if (program === HEAD_PROGRAM && words[0] === "ctl") return this.#ctl(words.slice(1));
    if (program === "getent") return this.#getent(words[1]);
    if (program === "journalctl") return said(`${this.journal.join("\n")}\n`);
    return { exitCode: 127, stdout: "", stderr: `${program}: command not found\n` };
  }

  #ctl([verb, ...words]: readonly string[]): ExecResult {
    switch (verb) {
      case "fleet":
        return answer(this.#look());
      case "fleet-start":
        if (this.#status !== "RUNNING") this.#change("STARTING");
        return answer(this.#fleet());
      case "fleet-stop":
        if (this.#status !== "STOPPED") this.#change("STOPPING");
        return answer(this.#fleet());
      case "nodes":
        return answer(this.nodes);
      case "jobs":
        return answer(this.jobs);
      case "events": {
        const after = words.indexOf("--after");
        return answer({
          events: this.events.slice(after < 0 ? 0 : Number(words[after + 1])),
          last: this.events.length,
        });
      }
      case "explain":
        return this.#explain(words);
      case "update":
        return answer({ fileVersion: null });
      case "watch":
        return answer({ fleet: this.#look(), nodes: this.nodes, jobs: this.jobs });
      default: {
        const message = `no verb ${verb}`;
        const error = { code: "HEAD_VERB_UNKNOWN", source: "user", message };
        return { ...answer({ error }), exitCode: 1 };
      }
    }
  }

  #explain([kind, name = ""]: readonly string[]): ExecResult {
    const found = this.explanations.get(name);
    if (found !== undefined) return answer(found);
    const what = kind === "--job" ? "job" : "node";
    const error = {
      code: `${what.toUpperCase()}_NOT_FOUND`,
      source: "user",
      message: `there is no ${what} ${name}`,
    };
    return { ...answer({ error }), exitCode: 1 };
  }

  #getent(name: string | undefined): ExecResult {
    const found = this.users.filter((user) => name === undefined || user.name === name);
    const lines = found.map(
      ({ name: user, uid }) => `${user}:x:${uid}:${uid}::/home/${user}:/bin/sh\n`,
    );
    return { exitCode: found.length === 0 ? 2 : 0, stdout: lines.join(""), stderr: "" };
  }

  #look(): ComputeFleet {
    const moving = this.#status === "STARTING" || this.#status === "STOPPING";
    if (moving && this.#looksLeft-- <= 0) {
      this.#change(this.#status === "STARTING" ? this.startsInto : "STOPPED");
    }
    return this.#fleet();
  }

  #change(status: ComputeFleetStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#changedAt = this.#clock.now();
    this.#looksLeft = this.looksUntilSettled;
  }

  #fleet(): ComputeFleet {
    const running = this.#status === "RUNNING";
    const queue = (name: string, index: number): QueueView => {
      const mine = index === 0 ? this.staticNodes : 0;
      const starting = this.#status === "STARTING" ? mine : 0;
      const nodes = { total: mine + 4, up: running ? mine : 0, starting };
      return { name, state: running ? "UP" : "INACTIVE", nodes };
    };
    return {
      status: this.#status,
      lastStatusUpdatedTime: this.#changedAt.toISOString(),
      queues: this.queues.map(queue),
      unavailable: [],
      protected: this.protected,
      cost: { usdPerHour: 0, unpriced: 0 },
    };
  }
}

function said(stdout: string): ExecResult {
  return { exitCode: 0, stdout, stderr: "" };
}

function answer(document: unknown): ExecResult {
  return said(`${JSON.stringify(document)}\n`);
}
