import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Instance } from "@aws-sdk/client-ec2";
import { type CallOptions, type Result, until } from "../harness.ts";
import type { Run } from "../run.ts";
import type { TestRegion } from "./region.ts";

/** A cluster in a region on loopback, as a person with the account's credentials has it. */
export class AwsCluster {
  readonly name: string;
  readonly region: TestRegion;
  readonly #run: Run;

  constructor(name: string, region: TestRegion, run: Run) {
    this.name = name;
    this.region = region;
    this.#run = run;
  }

  /** A verb of the command line on this cluster; one that must work. */
  async sluice(verb: string, ...args: string[]): Promise<Result> {
    const result = await this.trySluice([verb, "-n", this.name, ...args]);
    if (result.code === 0) return result;
    throw new Error(
      `${verb} ${args.join(" ")} failed:\n${result.stderr}\n${await this.diagnosis()}`,
    );
  }

  trySluice(args: readonly string[], options: CallOptions = {}): Promise<Result> {
    const program = [this.#run.node, join(this.#run.dist, "sluice.mjs")];
    return this.region.run([...program, ...args], { timeout: 180, ...options });
  }

  /** Writes a cluster file and gives its path. */
  file(name: string, yaml: string): string {
    const path = join(this.region.trace.folder, `${name}.yaml`);
    writeFileSync(path, yaml);
    return path;
  }

  /** Its machines that are there, by their role, and by their queue if one is given. */
  async machines(role: "head" | "compute", queue?: string): Promise<readonly Instance[]> {
    const { Reservations } = await this.region.call<{ Reservations: { Instances: Instance[] }[] }>(
      "ec2",
      "DescribeInstances",
      {
        Filters: [
          { Name: "tag:sluice:cluster-name", Values: [this.name] },
          { Name: "tag:sluice:role", Values: [role] },
          { Name: "instance-state-name", Values: ["pending", "running"] },
          ...(queue === undefined ? [] : [{ Name: "tag:sluice:queue-name", Values: [queue] }]),
        ],
      },
    );
    return Reservations.flatMap(({ Instances }) => Instances);
  }

  /** Of two, the one that leads. */
  async head(): Promise<string> {
    const heads = (await this.machines("head")).map(({ InstanceId = "" }) => InstanceId);
    const [head, ...others] = heads;
    if (head === undefined) throw new Error(`${this.name} has no head`);
    if (others.length === 0) return head;
    for (const one of heads) {
      const look = `grep -q '"role":"leading"' /run/sluice/lead.json`;
      const { exitCode } = await this.region.exec(one, look, 10);
      if (exitCode === 0) return one;
    }
    throw new Error(`none of ${heads.join(", ")} leads`);
  }

  /** A shell script on the head that must work: what it prints. */
  async ok(user: string, script: string, seconds = 60): Promise<string> {
    const login = `cd /home/${user} 2>/dev/null; exec setpriv --reuid ${user} --regid "$(id -g ${user})" --init-groups -- sh -c "$SCRIPT"`;
    const command = user === "root" ? script : `SCRIPT=${quoted(script)}; export SCRIPT; ${login}`;
    const { exitCode, stdout, stderr } = await this.region.exec(
      await this.head(),
      command,
      seconds,
    );
    if (exitCode === 0) return stdout.trimEnd();
    const said = `${script}\nexit ${exitCode}\n${stdout}${stderr}`;
    throw new Error(`${said}\n${await this.diagnosis()}`);
  }

  /** Waits until jobs have ended, and gives the state of each. */
  async ended(jobs: readonly string[], seconds: number): Promise<ReadonlyMap<string, string>> {
    return this.until(
      `jobs ${jobs.join(", ")} to end`,
      async () => {
        const ids = jobs.join(",");
        if ((await this.ok("root", `squeue -h -j ${ids} 2>/dev/null || true`)) !== "") return false;
        const rows = await this.ok("root", `sacct -a -X -n -P -j ${ids} -o jobid,state`);
        const states = new Map(rows.split("\n").map((row) => row.split("|") as [string, string]));
        const isOver = (state: string): boolean => !/^(PENDING|RUNNING|REQUEUED)/.test(state);
        return states.size >= jobs.length && [...states.values()].every(isOver) && states;
      },
      seconds,
    );
  }

  /**
   * Waits until slurmctld has written down what it knows now, which it does up to five seconds late:
   * what is younger goes with a head that dies.
   *
   * @param job a job of the queue, to change something about.
   */
  async saved(job: string): Promise<void> {
    const now = Number(await this.ok("root", "date +%s"));
    const look = `scontrol update jobid=${job} comment=$(date +%s.%N)
      stat -c %Y /var/lib/sluice/slurmctld/job_state`;
    await this.until(
      "slurmctld to save its state",
      async () => Number(await this.ok("root", look)) > now,
      20,
    );
  }

  until<T>(
    what: string,
    look: () => Promise<T | undefined | false>,
    seconds: number,
  ): Promise<NonNullable<T>> {
    return until(what, look, seconds, () => this.diagnosis());
  }

  /** What one needs to know of a cluster that does not do what it should. */
  async diagnosis(): Promise<string> {
    const script = `
      echo '-- nodes'; sinfo -N -o '%N %T %E' | sort -u | head -40
      echo '-- jobs'; squeue -a -o '%i %P %u %T %r %N' | head -40
      echo '-- sluice-head'; journalctl -q -u sluice-head -n 40 -o cat --no-pager
      echo '-- slurmctld.log'; tail -n 30 /var/lib/sluice/log/slurmctld.log`;
    const { defects } = await this.region.state();
    const parts = [`-- defects of the region\n${defects.join("\n")}\n`];
    for (const { InstanceId = "" } of await this.machines("head")) {
      parts.push(`-- console\n${(await this.region.console(InstanceId)).slice(-4000)}`);
      const said = await this.region.exec(InstanceId, script, 20).catch(String);
      parts.push(typeof said === "string" ? said : `${said.stdout}${said.stderr}`);
    }
    return parts.join("\n");
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
