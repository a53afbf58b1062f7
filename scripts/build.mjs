// Bundles the programs: the command line, the local cloud's service, the head's program. They go to
// dist/, or to the folder that SLUICE_DIST names, all together or not at all.
import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { pastBarrels } from "./barrels.mjs";
import { buildPortal } from "./portal.mjs";

const dist = process.env.SLUICE_DIST ?? "dist";
const work = `${dist}.${process.pid}.new`;

const shared = {
  bundle: true,
  platform: "node",
  target: "node24",
  // Node has it; what esbuild makes of it in a loop throws the error of a former round again.
  supported: { using: true },
  format: "esm",
  outExtension: { ".js": ".mjs" },
  // Libraries in CommonJS call require for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  outdir: work,
  // The SDK of AWS has both; its CommonJS can not be imported by name.
  mainFields: ["module", "main"],
  // Tens of megabytes, needed only where templates are made: they stay in node_modules beside dist/.
  external: ["aws-cdk-lib", "aws-cdk-lib/*", "constructs"],
  plugins: [pastBarrels],
  logLevel: "warning",
  legalComments: "none",
};

await build({
  ...shared,
  entryPoints: {
    sluice: "apps/cli/src/main.ts",
    // A thread of the server's, which starts it by its name.
    "cluster-file-thread": "packages/server/src/clusters/files/thread.ts",
  },
  splitting: true,
  chunkNames: "chunk-[hash]",
});
await build({
  ...shared,
  entryPoints: { "local-service": "packages/local/src/service/main.ts" },
});
// A folder of its own, which goes to head machines whole. A head loads what its cloud needs.
await build({
  ...shared,
  entryPoints: { head: "apps/head/src/main.ts" },
  splitting: true,
  chunkNames: "chunk-[hash]",
  outdir: `${work}/head`,
});
cpSync("packages/gateway/src/terminal/terminal.py", `${work}/head/terminal.py`);
// A function of Lambda's, whose Node has the SDK.
await build({
  ...shared,
  entryPoints: { "submit-object": "packages/aws/src/job-api/lambda/main.ts" },
  outdir: `${work}/lambda`,
  external: ["@aws-sdk/*"],
  minify: true,
});
// Read by the server beside its program.
cpSync("packages/jobs/src/applications/library", `${work}/library`, { recursive: true });
await buildPortal(join(work, "portal"), join(dist, "portal"));
rmSync(dist, { recursive: true, force: true });
renameSync(work, dist);
