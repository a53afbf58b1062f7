import { main } from "./cli.ts";
import { knownClouds } from "./clouds.ts";
import { processHost } from "./host.ts";

const host = processHost();
host.exit(await main(process.argv.slice(2), host, knownClouds));
