import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { measureAws } from "./aws.ts";
import { measureCommandLine } from "./command-line.ts";
import { measureFaults } from "./faults.ts";
import { measureJobs } from "./jobs.ts";
import { measurePasses } from "./passes.ts";
import { measurePortal } from "./portal.ts";
import { heading, rows } from "./report.ts";
import { measureServer } from "./server.ts";
import { measureSimulated } from "./simulated.ts";
import { measureStarts } from "./starts.ts";

/** `npm run bench -- NAME…` measures some of it. */
const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  "command-line": measureCommandLine,
  passes: measurePasses,
  jobs: measureJobs,
  simulated: measureSimulated,
  aws: measureAws,
  faults: measureFaults,
  starts: measureStarts,
  server: measureServer,
  portal: measurePortal,
};

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  time: new Date().toISOString(),
  version: (
    JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    }
  ).version,
};
process.stderr.write(
  `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}\n`,
);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  process.stderr.write(`no section ${unknown.join(", ")}: ${Object.keys(SECTIONS).join(", ")}\n`);
  process.exit(2);
}
process.stderr.write(heading());
for (const [name, measure] of Object.entries(SECTIONS)) {
  if (asked.length === 0 || asked.includes(name)) await measure();
}

const report = JSON.stringify({ machine, rows }, undefined, 2);
const results = fileURLToPath(new URL("results/", import.meta.url));
mkdirSync(results, { recursive: true });
writeFileSync(`${results}${machine.time.replaceAll(":", "-")}.json`, `${report}\n`);
process.stdout.write(`${report}\n`);
