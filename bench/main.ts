import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { measureCommandLine } from "./command-line.ts";
import { measureFaults } from "./faults.ts";
import { measurePasses } from "./passes.ts";
import { heading, rows } from "./report.ts";
import { measureSimulated } from "./simulated.ts";
import { measureStarts } from "./starts.ts";

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
process.stderr.write(heading());
await measureCommandLine();
await measurePasses();
await measureSimulated();
await measureFaults();
await measureStarts();

const report = JSON.stringify({ machine, rows }, undefined, 2);
const results = fileURLToPath(new URL("results/", import.meta.url));
mkdirSync(results, { recursive: true });
writeFileSync(`${results}${machine.time.replaceAll(":", "-")}.json`, `${report}\n`);
process.stdout.write(`${report}\n`);
