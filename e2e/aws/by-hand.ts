/**
 * A region to try things in: a shell, or the command that is given, on a machine from which AWS can be
 * reached. It goes, with all that was made in it, when that ends.
 */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processRef } from "../../packages/local/src/host/processes.ts";
import { ledgerOf, TEST_ROOT } from "../run.ts";
import { startRegion } from "./region.ts";

// Named as runs of tests are, so that the next one buries it.
const ticks = processRef(process.pid)?.startTicks ?? 0;
const folder = join(TEST_ROOT, `run-${process.pid}-${ticks}`);
mkdirSync(folder, { recursive: true, mode: 0o755 });
writeFileSync(ledgerOf({ folder }), "");
const images = process.env.SLUICE_IMAGE_DIR ?? "/var/lib/sluice/images";
try {
  await using region = await startRegion({ folder, images }, { aurora: true });
  const argv = process.argv.length > 2 ? process.argv.slice(2) : ["/bin/bash", "--norc"];
  const [file = "", ...args] = [...region.enter(), ...argv];
  const env = {
    ...region.env,
    SLUICE_REGION_SOCKET: region.socket,
    TERM: process.env.TERM ?? "dumb",
  };
  const child = spawn(file, args, { env, stdio: "inherit" });
  // The terminal sends Ctrl-C to both of us; it is the command's to handle.
  process.on("SIGINT", () => {});
  process.exitCode = await new Promise((resolve) => child.on("close", resolve));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
