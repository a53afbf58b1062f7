import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Beside the bundle, where only those write who may write the bundle: what is there is run.
if (import.meta.url.endsWith(".mjs")) {
  enableCompileCache(fileURLToPath(new URL("compile-cache", import.meta.url)));
}
const { main } = await import("./cli.ts");
const { knownClouds } = await import("./clouds.ts");
const { processHost } = await import("./host.ts");

const host = processHost();
host.exit(await main(process.argv.slice(2), host, knownClouds));
