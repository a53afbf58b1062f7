// Bundles the programs into dist/: the command line, the local cloud's service, the head's program.
import { rmSync } from "node:fs";
import { build } from "esbuild";

const shared = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  outExtension: { ".js": ".mjs" },
  // Libraries in CommonJS call require for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  outdir: "dist",
  logLevel: "warning",
  legalComments: "none",
};

rmSync("dist", { recursive: true, force: true });
await build({
  ...shared,
  entryPoints: { sluice: "apps/cli/src/main.ts" },
  splitting: true,
  chunkNames: "chunk-[hash]",
});
await build({
  ...shared,
  entryPoints: { "local-service": "packages/local/src/service/main.ts", head: "apps/head/src/main.ts" },
});
