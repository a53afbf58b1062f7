import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudError, type HeadCloud } from "@sluice/cloud";
import { createSimCloud } from "@sluice/cloud/testing";
import { type ClusterConfig, localMachineTypes, parseClusterFile } from "@sluice/model";
import { createFakeSlurm, FakeClock } from "@sluice/slurm/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { machineTypesFile, readMachineTypes } from "../machine-types.ts";
import { install } from "../setup/files.ts";
import { type ServeOptions, serve } from "./serve.ts";

const parsed = parseClusterFile(
  `Provider: local
Scheduling:
  SlurmQueues:
    - Name: cpu
      ComputeResources: [{ Name: a, InstanceType: slow, MaxCount: 2 }]
Local: { MachineTypes: [{ Name: slow, VCpus: 1, Memory: 512, BootSeconds: 40 }] }
`,
  { fileName: "f.yaml" },
);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
const config: ClusterConfig = parsed.config;
const NODES = ["cpu-dy-a-1", "cpu-dy-a-2"];

const keys = mkdtempSync(join(tmpdir(), "sluice-serve-keys-"));
beforeAll(() => {
  const files = ["-keyout", join(keys, "key"), "-out", join(keys, "crt"), "-subj", "/CN=head"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...key, ...files], { stdio: "ignore" });
});
afterAll(() => rmSync(keys, { recursive: true }));

let folder: string;
let clock: FakeClock;
let stop: AbortController;
/** What the daemon said, a line for each wait below. */
let said: string[];
let hear: () => void;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-serve-"));
  clock = new FakeClock();
  stop = new AbortController();
  said = [];
  hear = () => {};
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);

/** A head whose cloud is away until it is told otherwise. */
function head() {
  const sim = createSimCloud({ clock, types: [...localMachineTypes(config).values()] });
  const { machines, catalogue, consoles } = sim.cluster("c");
  const away = { is: true };
  const reached = <T>(call: () => Promise<T>): Promise<T> =>
    away.is ? Promise.reject(new CloudError("Transient", "connect ECONNREFUSED")) : call();
  const cloud: HeadCloud = {
    machines: {
      ...machines,
      list: (options) => reached(() => machines.list(options)),
      launch: (requests, options) => reached(() => machines.launch(requests, options)),
    },
    catalogue: { offerings: (pool, options) => reached(() => catalogue.offerings(pool, options)) },
    consoles,
    identity: { verify: async () => undefined },
    signal: { report: async () => {} },
    files: sim.files("c"),
    guest: { identityCommand: "true", isLight: () => true },
    slurm: { slurmConf: {}, cgroupConf: {}, suspendTimeout: 3 },
    async [Symbol.asyncDispose]() {},
  };
  const slurm = createFakeSlurm({
    clock,
    partitions: [{ name: "cpu", nodes: NODES.join(",") }],
    onPrologSlurmctld: () => new Promise(() => {}),
  });
  const tell = (_fields: object, message: string) => {
    said.push(message);
    hear();
  };
  const options: ServeOptions = {
    context: { clusterName: "c", config, slurmVersion: "24.11", address: "127.0.0.1", cloud },
    slurm: slurm.control,
    clock,
    log: { debug: () => {}, info: tell, warn: tell, error: tell },
    paths: {
      run: path("run"),
      hookSocket: path("run/hooks.sock"),
      controlSocket: path("run/control.sock"),
      capacity: path("capacity.sqlite"),
      machineTypes: path("types.json"),
      slurmEtc: path("etc"),
      hostKeys: path("host-keys"),
      journalPosition: path("journal"),
      hosts: path("hosts"),
      nodeNames: path("node-names"),
      leadState: path("lead.json"),
      highestJob: path("highest-job"),
    },
    hookGroup: process.getgid?.() ?? 0,
    join: { host: "127.0.0.1", port: 0 },
    scrape: { host: "127.0.0.1", port: 0 },
    mungeKey: Buffer.from("the key"),
    tls: {
      key: readFileSync(join(keys, "key")),
      cert: readFileSync(join(keys, "crt"), "utf8"),
    },
  };
  const running = serve(options, stop.signal);
  const end = async () => {
    stop.abort();
    await running;
    slurm[Symbol.dispose]();
  };
  return { sim, slurm, away, end };
}

async function heard(message: string): Promise<void> {
  while (!said.includes(message)) {
    await new Promise<void>((resolve) => {
      hear = resolve;
    });
  }
}

function call(socket: string, method: string, url: string, body = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const outgoing = request(
      { socketPath: path(`run/${socket}.sock`), method, path: url, headers },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve(`${response.statusCode} ${text}`));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

it("takes hooks and answers while the cloud is away, and works them off when it is back", async () => {
  install(machineTypesFile(path("types.json"), localMachineTypes(config).values()));
  const { sim, slurm, away, end } = head();
  await heard("node manager started");
  const job = slurm.submit({ nodes: 1 });
  await clock.advance(2000);
  expect(slurm.node("cpu-dy-a-1").flags).toContain("POWERING_UP");
  expect(await call("hooks", "POST", "/resume", "cpu-dy-a-1\n")).toBe("200 ");
  expect(await call("hooks", "POST", "/slurmctld-started")).toBe("200 ");
  expect(await call("control", "GET", "/fleet")).toContain('"status":"RUNNING"');
  expect(await call("control", "GET", "/nodes")).toContain('"name":"cpu-dy-a-2"');
  expect(await call("control", "GET", "/events")).toContain('"events":[');
  await heard("pass failed");
  expect(sim.accepted).toEqual([]);
  away.is = false;
  await clock.advance(10_000);
  expect(sim.accepted).toMatchObject([{ node: "cpu-dy-a-1" }]);
  expect(slurm.job(job).state).toBe("CONFIGURING");
  await end();
});

it("asks the cloud for machine types that nobody wrote down, and decides nothing before", async () => {
  const { sim, slurm, away, end } = head();
  await heard("the cloud does not tell of its machine types");
  expect(await call("control", "GET", "/fleet")).toContain('"status":"RUNNING"');
  slurm.submit({ nodes: 1 });
  await clock.advance(60_000);
  expect(said).not.toContain("pass failed");
  expect(readMachineTypes(path("types.json"))).toBeUndefined();
  away.is = false;
  await clock.advance(20_000);
  expect(readMachineTypes(path("types.json"))?.get("slow")).toMatchObject({ bootSeconds: 40 });
  expect(sim.accepted).toHaveLength(1);
  await end();
});
