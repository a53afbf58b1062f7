import { fileURLToPath } from "node:url";
import { cli } from "./cluster.ts";
import { add, RUNS, repeat } from "./report.ts";

/** What a person waits for at the shell. */
export async function measureCommandLine(): Promise<void> {
  const time = async (...argv: string[]): Promise<number> => {
    const before = performance.now();
    await cli(...argv);
    return (performance.now() - before) / 1000;
  };
  const file = fileURLToPath(new URL("../examples/demo.yaml", import.meta.url));
  add(
    "sluice validate, from the shell",
    "s",
    await repeat(RUNS, () => time("validate", "-c", file)),
    0.3,
  );
  add("sluice version", "s", await repeat(RUNS, () => time("version")));
}
