/**
 * A region on loopback with machines that boot, in a network of its own: run as the only program of
 * fresh namespaces, as `region.ts` does. Arguments: the path of its control socket, and its options as
 * JSON. It writes a line to its standard output when it is ready and ends when its standard input
 * does, with all that it made.
 */
import { rmSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { startMetadata } from "../../packages/aws/src/testing/region/metadata.ts";
import { Region } from "../../packages/aws/src/testing/region/region.ts";
import { addressAt, parseNetwork } from "../../packages/local/src/host/network.ts";
import { raiseKernelLimits } from "../../packages/local/src/host/requirements.ts";
import { run } from "../../packages/local/src/host/run.ts";
import { startAurora } from "./aurora.ts";
import { type Control, order } from "./control.ts";
import { NspawnHypervisor } from "./hypervisor.ts";
import { layerOver } from "./image.ts";
import type { MainOptions } from "./region.ts";
import { followRoutes } from "./routes.ts";

const METADATA = "169.254.169.254";
const BRIDGE = "vpc";
const PORT = 4566;
/** Seconds that the end may take. */
const CLOSE_SECONDS = 30;

const [socket = "", json = "{}"] = process.argv.slice(2);
const options = JSON.parse(json) as MainOptions;
const folder = dirname(socket);

// What stands in for Aurora is nobody's in particular, and has a folder in there.
await mkdir(folder, { recursive: true, mode: 0o711 });
await raiseKernelLimits();
const network = parseNetwork(options.network);
const gateway = addressAt(network, 1);
const endpoint = `http://${gateway}:${PORT}`;
await run(["ip", "-batch", "-"], {
  input: [
    "link set lo up",
    // Left to itself a bridge takes the lowest address of its links, and with each of them another:
    // machines would speak to the former one until they ask again.
    `link add ${BRIDGE} address 02:00:00:00:00:01 type bridge stp_state 0 forward_delay 0`,
    `address add ${gateway}/${network.prefix} dev ${BRIDGE}`,
    `address add ${METADATA}/32 dev ${BRIDGE}`,
    `link set ${BRIDGE} up`,
    "",
  ].join("\n"),
});
const aurora = options.aurora ? await startAurora(join(folder, "aurora"), gateway) : undefined;
const hypervisor = await NspawnHypervisor.start({
  folder: join(folder, "machines"),
  image: await layerOver(options.image, join(folder, "guest"), {
    endpoint,
    ...(aurora === undefined ? {} : { authority: aurora.authority }),
  }),
  bridge: BRIDGE,
  gateway,
  prefix: network.prefix,
  group: `sluice/${basename(folder)}`,
  env: { AWS_ENDPOINT_URL: endpoint },
});
const region = await Region.start({ hypervisor, host: gateway, port: PORT });
region.existing.aurora = aurora;
const routes = await followRoutes(region, BRIDGE);
const metadata = await startMetadata(region, { host: METADATA, port: 80 });

const control: Control = {
  async call(client, operation, input) {
    const sdk = await import(`@aws-sdk/client-${client}`);
    return region.call(sdk[`${operation}Command`], input);
  },
  async faults(orders) {
    order(region.faults, orders);
  },
  async interrupt(instanceId, inSeconds) {
    await region.ec2.interrupt(instanceId, inSeconds);
  },
  exec: (...request) => hypervisor.exec(...request),
  console: (instanceId) => hypervisor.console(instanceId),
  pull: async (instanceId) => hypervisor.pull(instanceId),
  async state() {
    const calls: Record<string, number> = {};
    for (const { service, operation } of region.calls) {
      const name = `${service}:${operation}`;
      calls[name] = (calls[name] ?? 0) + 1;
    }
    return { machines: hypervisor.state(), calls, defects: region.defects.map(String) };
  },
  shutdown: close,
};

let closing: Promise<void> | undefined;
function close(): Promise<void> {
  closing ??= (async () => {
    setTimeout(() => process.exit(1), CLOSE_SECONDS * 1000).unref();
    await routes();
    await region.close();
    await metadata.close();
    await hypervisor.close();
    await aurora?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  })();
  return closing;
}

const server = createServer((connection) => {
  connection.on("error", () => {});
  createInterface({ input: connection }).on("line", async (line) => {
    const { id, method, params } = JSON.parse(line) as {
      readonly id: number;
      readonly method: keyof Control;
      readonly params: readonly never[];
    };
    const ask = control[method] as (...words: readonly never[]) => Promise<unknown>;
    const answer = await ask(...params).then(
      (result) => ({ id, result }),
      (error: unknown) => ({ id, error: error instanceof Error ? error.message : String(error) }),
    );
    connection.write(`${JSON.stringify(answer)}\n`, () => {
      if (method === "shutdown") process.exit(0);
    });
  });
});
server.listen(socket, async () => {
  await chmod(socket, 0o600);
  process.stdout.write(`${JSON.stringify({ endpoint, region: region.name })}\n`);
});

process.stdin.resume().on("close", () => void close().finally(() => process.exit(0)));
