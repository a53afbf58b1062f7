import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { MachineFile } from "@sluice/boot";
import { expandHostList } from "@sluice/slurm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { goldenFiles } from "../packages/boot/src/testing/golden.ts";
import { localSlurmTraits } from "../packages/local/src/guest.ts";
import { RELEASES } from "../packages/local/src/images/recipe.ts";
import { settingsLine } from "../packages/slurm/src/conf/lines.ts";
import { parseConf } from "../packages/slurm/src/testing/parse-conf.ts";
import { until } from "./harness.ts";
import { ADDRESS, type Daemon, SlurmDaemons } from "./slurm-daemons.ts";

const FOLDER = join(import.meta.dirname, "../packages/boot/src/head/golden");

/** Every character that has a meaning in slurm.conf but the quote, which it can't hold. */
const PASSWORD = "p#a\\s 's=w$d\\";

/** What is said of the surroundings: no past, no mail, no PMIx, a small database, a slow host, islands on purpose. */
const EXPECTED =
  /Could not open \S.* state|No \S+ state file|NOTE: Trying backup|MailProg is invalid|pmix|Database settings not recommended|High latency|no switch can reach all nodes/i;

const COMPLAINT = /\b(error|fatal|warning):|\bignor|unrecognized|invalid|obsolete|deprecated/i;

function complaintsIn(log: string): readonly string[] {
  return log.split("\n").filter((line) => COMPLAINT.test(line) && !EXPECTED.test(line));
}

/** What would begin another setting, another line, a comment or a list, if it were let. */
const hostileText = fc.string({
  unit: fc.constantFrom(..."aZ9 =,#\\',+-*/[]%$`;é", " State=DOWN", "\\#", " #", '"'),
  minLength: 1,
  maxLength: 12,
});

/** A line of slurm.conf that has it as free text; undefined for what is refused. */
function settingOf(text: string): string | undefined {
  try {
    return settingsLine({ NodeName: "n", NodeAddr: "127.0.0.1", State: "DOWN", Reason: text });
  } catch {
    return undefined;
  }
}

const clusters = readdirSync(FOLDER).flatMap((file) =>
  file.endsWith(".yaml") ? basename(file, ".yaml") : [],
);

describe.each(Object.entries(RELEASES))("on %s", (os, { slurmVersion }) => {
  let daemons: SlurmDaemons;
  let own: Daemon;

  const filesOf = (name: string, text = readFileSync(join(FOLDER, `${name}.yaml`), "utf8")) =>
    goldenFiles({
      name,
      text,
      slurmVersion: slurmVersion as `${number}.${number}`,
      address: ADDRESS,
      databasePassword: PASSWORD,
      ...(/^Provider: local$/m.test(text) ? { traits: localSlurmTraits(slurmVersion) } : {}),
    });

  const slurmdbd = async (): Promise<Daemon> =>
    daemons.daemon("slurmdbd", "slurmdbd -D", "sacctmgr -n show cluster");

  const slurmctld = (): Promise<Daemon> =>
    daemons.daemon("slurmctld", "slurmctld -D", "scontrol ping | grep -q 'is UP'");

  beforeAll(async () => {
    daemons = await SlurmDaemons.start(inject("run"), os);
    const password = PASSWORD.replaceAll("\\", "\\\\").replaceAll("'", "''");
    const statements = [
      ["slurm_acct_db", "slurm", "localhost"],
      ["lab_accounting", "admin", "%"],
    ].flatMap(([database, user, host]) => [
      `CREATE DATABASE ${database};`,
      `CREATE USER '${user}'@'${host}' IDENTIFIED BY '${password}';`,
      `GRANT ALL ON ${database}.* TO '${user}'@'${host}';`,
    ]);
    await daemons.ok("mariadb --batch", statements.join("\n"));
    await daemons.install(filesOf("smallest"));
    own = await slurmdbd();
    expect(complaintsIn(await own.log())).toEqual([]);
  });

  afterAll(() => daemons?.[Symbol.asyncDispose]());

  test.for(clusters)("%s: slurmctld takes every file without a word", async (name) => {
    const files = filesOf(name);
    await daemons.install(files);
    await using daemon = await slurmctld();
    await daemons.ok("scontrol reconfigure");
    expect(complaintsIn(await daemon.log())).toEqual([]);
    expect(await daemon.isRunning()).toBe(true);
    expect(await nodesOf(daemons)).toEqual(nodesIn(files));
  });

  test("a job is in one placement group, the cheapest that has room", async () => {
    await daemons.install(filesOf("placement"));
    await using daemon = await slurmctld();
    const submit = "cd /tmp; sbatch --parsable --uid munge --exclusive -p named --wrap true";
    const resourcesOf = async (count: number): Promise<readonly string[]> => {
      const id = await daemons.ok(`${submit} -N${count}`);
      const look = () => daemons.ok(`squeue --noheader --jobs ${id} --format %N`);
      const list = await until("nodes", async () => (await look()) || undefined, 10, daemon.log);
      const nodes = expandHostList(list);
      expect(nodes).toHaveLength(count);
      return [...new Set(nodes.map((node) => node.split("-")[2] ?? ""))].toSorted();
    };
    // Eight nodes are in the one, cheaper ones first, and four dearer ones in the other.
    expect(await resourcesOf(6)).toEqual(["one", "two"]);
    expect(await resourcesOf(3)).toEqual(["own"]);
    expect(await resourcesOf(2)).not.toContain("own");
    expect((await daemons.sh(`${submit} -N9`)).stderr).toMatch(/not available/);
  });

  test("Slurm reads each value as it was meant", async () => {
    const samples = fc.sample(hostileText, { numRuns: 300, seed: 7 });
    const values = samples.flatMap((text) => (settingOf(text) === undefined ? [] : text));
    expect(values.length).toBeGreaterThan(50);
    const nodes = values.map((text, index) => settingOf(text)?.replace("NodeName=n", `$&${index}`));
    const [conf, ...others] = filesOf("smallest");
    const content = `${conf?.content}${nodes.join("\n")}\n`;
    await daemons.install([{ ...(conf as MachineFile), content }, ...others]);
    await using daemon = await slurmctld();
    const shown = await daemons.ok("scontrol --oneliner show node").catch(daemon.log);
    const reasons = [...shown.matchAll(/^NodeName=n(\d+) .*? Reason=(.*)$/gm)];
    const read = Object.fromEntries(reasons.map(([, index, text]) => [index, text]));
    expect(read).toEqual({ ...values.map((text) => text.trim()) });
  });

  test("nodes get the included file with the others", async () => {
    await daemons.install(filesOf("include-file"));
    await using _ = await slurmctld();
    const included = "/var/spool/slurmd/conf-cache/custom-slurm-settings.conf";
    const argv = "slurmd -D -N compute-dy-c6i-1 --conf-server head";
    await using __ = await daemons.daemon("slurmd", argv, `test -s ${included}`, "root");
    expect(await daemons.ok(`cat ${included}`)).toContain("MaxArraySize=5001");
  });

  test("a local machine is taken for what the file says, however small its host is", async () => {
    await daemons.install(filesOf("local"));
    await using controller = await slurmctld();
    const node = "burst-dy-light-1";
    await daemons.ok(`scontrol update nodename=${node} state=power_up`);
    const look = async () => {
      const text = await daemons.ok(`sinfo --noheader --nodes ${node} --format '%T %c %X:%Y:%Z'`);
      return text.startsWith("idle ") ? text : undefined;
    };
    const argv = `slurmd -D -b -N ${node} --conf-server head`;
    await using slurmd = await daemons.daemon("slurmd", argv, "true", "root");
    const why = async () => (await slurmd.log()) + (await controller.log());
    expect(await until(`${node} to register`, look, 15, why)).toBe("idle 8 1:8:1");
  });

  test("what is wrong with a file is complained of", async () => {
    const [conf, ...others] = filesOf("smallest");
    for (const wrong of ["Bogus=1", "KillWait=31"]) {
      const content = `${conf?.content}${wrong}\n`;
      await daemons.install([{ ...(conf as MachineFile), content }, ...others]);
      await using daemon = await slurmctld();
      expect(complaintsIn(await daemon.log())).not.toEqual([]);
    }
  });

  test("slurmdbd takes a database of one's own, with any password", async () => {
    await daemons.install(filesOf("database"));
    // The first one has the port.
    await own[Symbol.asyncDispose]();
    await using daemon = await slurmdbd();
    expect(complaintsIn(await daemon.log())).toEqual([]);
    const tables = "SHOW TABLES FROM lab_accounting LIKE 'cluster_table'";
    expect(await daemons.ok(`mariadb --batch -N -e "${tables}"`)).toBe("cluster_table");
  });
});

/** Names of nodes as slurmctld has them, with what it gives to jobs of each. */
async function nodesOf(daemons: SlurmDaemons): Promise<Readonly<Record<string, string>>> {
  const format = "NodeList:|,CPUs:|,Memory:|,Gres:";
  const text = await daemons.ok(`sinfo --Node --all --noheader --exact -O '${format}'`);
  return Object.fromEntries(
    text.split("\n").map((line) => {
      const [name = "", cpus, memory, gres = ""] = line.split("|");
      return [name, [cpus, memory, gres === "(null)" ? "" : gres].join(" ").trim()];
    }),
  );
}

/** The same as it stands in slurm.conf. */
function nodesIn(files: readonly MachineFile[]): Readonly<Record<string, string>> {
  const conf = files.find(({ path }) => path.endsWith("/slurm.conf"));
  const lines = parseConf(String(conf?.content).replace(/^include .*$/m, ""));
  return Object.fromEntries(
    lines
      .filter(([first]) => first?.[0] === "nodename")
      .flatMap((line) => {
        const { nodename = "", cpus, realmemory, gres = "" } = Object.fromEntries(line);
        const what = [cpus, realmemory, gres].join(" ").trim();
        return expandHostList(nodename).map((name) => [name, what]);
      }),
  );
}
