import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GuestAccess } from "@sluice/cloud";
import { parseClusterFile } from "@sluice/model";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { HeadContext } from "../context.ts";
import { joinFiles } from "./join-files.ts";

const parsed = parseClusterFile(
  `Provider: local
Users: [{ Name: ada, Uid: 2001 }]
Scheduling: { SlurmQueues: [{ Name: q, ComputeResources: [{ Name: c, InstanceType: local.small }] }] }
`,
  { fileName: "f.yaml" },
);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
const { config } = parsed;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-join-files-"));
  for (const [path, content] of [
    ["etc/slurm.conf", "ClusterName=x\n"],
    ["etc/gres.conf", "#\n"],
    ["etc/slurmdbd.conf", "StoragePass=secret\n"],
    ["etc/jwt.key", "secret"],
    ["keys/ssh_host_ed25519_key", "secret of login machines"],
    ["keys/ssh_host_ed25519_key.pub", "public"],
  ] as const) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

function filesFor(guest: Partial<GuestAccess>) {
  const context = { config, cloud: { guest } } as unknown as HeadContext;
  const answer = joinFiles({
    context,
    slurmEtc: join(folder, "etc"),
    sssdConf: join(folder, "sssd.conf"),
    hostKeys: join(folder, "keys"),
  });
  return (role: "compute" | "login", slurm = false) =>
    answer(role, { slurm }).map(({ path, mode, content }) => [
      path,
      mode.toString(8),
      String(content),
    ]);
}

const MOUNT = { type: "nfs4", source: "10.0.0.2:/home", mountPoint: "/home", options: [] } as const;
const COMMON = [
  ["/etc/sluice/mounts", "644", "nfs4 10.0.0.2:/home /home defaults\n"],
  ["/etc/sluice/users", "644", "ada 2001\n"],
];
const NAMES = ["/etc/sluice/node-names", "755", expect.stringMatching(/^#!\/bin\/sh\n/)];
const PROLOG = ["/etc/sluice/prolog.d/10-names", "755", expect.stringMatching(/^#!\/bin\/sh\n/)];

it("gives nothing to machines whose user data says it all", () => {
  expect(filesFor({})("compute")).toEqual([]);
});

it("gives compute machines of a cloud mounts and users, and no key of login machines", () => {
  expect(filesFor({ files: [], mounts: [MOUNT] })("compute", true)).toEqual([
    ...COMMON,
    NAMES,
    PROLOG,
  ]);
});

it("gives login machines their host keys, and Slurm's files when they ask, but no password", () => {
  const login = filesFor({ files: [], mounts: [MOUNT] });
  const own = login("login").filter(([path]) => !/\/ssh|sluice\/(mounts|users)$/.test(`${path}`));
  expect(own.map(([path]) => path)).toEqual([
    "/etc/sluice/node-names",
    "/etc/systemd/system/sluice-names.service",
    "/etc/systemd/system/sluice-names.timer",
    "/etc/systemd/system/sluice-sackd.service",
    "/etc/sluice/farewell",
  ]);
  const keys = [
    ["/etc/ssh/ssh_host_ed25519_key", "600", "secret of login machines"],
    ["/etc/ssh/ssh_host_ed25519_key.pub", "644", "public"],
  ];
  expect(login("login")).toEqual([...COMMON, ...own, ...keys]);
  expect(login("login", true)).toEqual([
    ...COMMON,
    ...own,
    ...keys,
    ["/etc/slurm/gres.conf", "644", "#\n"],
    ["/etc/slurm/slurm.conf", "644", "ClusterName=x\n"],
  ]);
});
