import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type ClusterConfig, type Os, parseClusterFile } from "@sluice/model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CloudHeadBoot,
  renderCloudHeadUserData,
  renderComputeUserData,
  renderLoginUserData,
} from "./index.ts";
import type { CustomActions } from "./steps/actions.ts";
import { scratchOf } from "./steps/scratch.ts";
import { fileOf, readCloudConfig, ScratchMachine, shellcheck } from "./testing/user-data.ts";

const OSES: readonly Os[] = [
  ...(["debian12", "debian13", "ubuntu2204", "ubuntu2404", "alinux2023"] as const),
  ...(["rhel8", "rhel9", "rocky8", "rocky9"] as const),
];

const GUEST = {
  files: [{ path: "/etc/sluice/guest", mode: 0o700, content: "H4sI", encoding: "gz+b64" }],
  identityCommand: "/etc/sluice/guest identity",
  noticeCommand: "/etc/sluice/guest notices",
  fetchCommand: "/etc/sluice/guest fetch",
  fetchUrlCommand: "/etc/sluice/guest fetch-url",
  reportCommand: "/etc/sluice/guest report",
  agent: {
    files: [{ path: "/etc/sluice/agent", mode: 0o700, content: "H4sI", encoding: "gz+b64" }],
    command: "/etc/sluice/agent",
  },
} as const;

const SCRATCH = scratchOf("/dev/no/such_*", { MountDir: "/fast" });

const ACTIONS: CustomActions = {
  OnNodeStart: { Script: "s3://bucket/start.sh", Args: ["it's", "$(id)", 1] },
  OnNodeConfigured: {
    Sequence: [{ Script: "https://host/a.sh" }, { Script: "s3://bucket/b.sh", Args: ["x y"] }],
  },
};

const parsed = parseClusterFile(
  "Provider: local\nScheduling: { SlurmQueues: [{ Name: q, ComputeResources: [{ Name: c, InstanceType: local.small }] }] }\n",
  { fileName: "f.yaml" },
);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
const { config } = parsed;

interface Options {
  readonly os?: Os;
  readonly actions?: CustomActions;
  readonly directory?: boolean;
  readonly proxy?: string;
  readonly pack?: (text: string) => string;
}

const pack = (text: string): string => gzipSync(text, { level: 9 }).toString("base64");

const BUNDLE = { key: "bundles/x.tar.gz", sha256: "0".repeat(64) };

function head(
  { os = "debian13", actions, proxy, pack, directory = false }: Options,
  more: Partial<CloudHeadBoot> = {},
) {
  const own: ClusterConfig = {
    ...config,
    HeadNode: {
      ...config.HeadNode,
      CustomActions: actions,
      ...(proxy === undefined ? {} : { Networking: networkingWith(proxy) }),
    },
    ...(directory ? { DirectoryService: {} as ClusterConfig["DirectoryService"] } : {}),
  };
  return renderCloudHeadUserData({
    clusterName: "demo",
    provider: "aws",
    fileVersion: 3,
    cloud: { region: "eu-central-1" },
    os,
    ...GUEST,
    localDisks: "/dev/no/such_*",
    bundles: { x86_64: BUNDLE, arm64: BUNDLE },
    clusterFileKey: "clusters/demo/files/3.yaml",
    config: own,
    ...(pack === undefined ? {} : { pack }),
    ...more,
  });
}

function networkingWith(HttpProxyAddress: string): ClusterConfig["HeadNode"]["Networking"] {
  return { Proxy: { HttpProxyAddress } } as ClusterConfig["HeadNode"]["Networking"];
}

function compute({ os = "debian13", actions, proxy, pack, directory = false }: Options) {
  return renderComputeUserData({
    users: [{ Name: "ada", Uid: 2001 }],
    headAddress: "10.0.0.2",
    headCertificate: "the certificate\n",
    identityCommand: GUEST.identityCommand,
    isLogRotated: true,
    guest: { os, ...GUEST, ...SCRATCH, directory, ...given({ actions, proxy, pack }) },
  });
}

function login({ os = "debian13", actions, proxy, pack, directory = false }: Options) {
  const joinKey = "clusters/demo/join";
  return renderLoginUserData({
    os,
    ...GUEST,
    joinKey,
    directory,
    ...given({ actions, proxy, pack }),
  });
}

function given({
  actions,
  proxy,
  pack,
}: {
  readonly actions: CustomActions;
  readonly proxy: string | undefined;
  readonly pack: Options["pack"];
}): Options {
  return {
    ...(pack === undefined ? {} : { pack }),
    ...(actions === undefined ? {} : { actions }),
    ...(proxy === undefined ? {} : { proxy }),
  };
}

const ROLES = { head, compute, login };

describe.each(Object.entries(ROLES))("user data of a %s machine in a cloud", (_, render) => {
  const variants = OSES.flatMap((os) => [{ os }, { os, actions: ACTIONS, directory: true }]);

  it("is shell that shellcheck has nothing against, on every system", () => {
    const scripts = new Set(
      variants.flatMap((options) =>
        readCloudConfig(render(options))
          .write_files.map(({ content }) => content)
          .filter((content) => content.startsWith("#!/bin/sh")),
      ),
    );
    expect(scripts.size).toBeGreaterThan(4);
    expect(shellcheck(scripts)).toBe("");
  });

  it("leaves 6 KB of what a cloud takes to the cloud's own files and to arguments", () => {
    for (const options of variants) {
      expect(render({ ...options, pack }).length).toBeLessThan(10 * 1024);
    }
  });

  it("fetches through the proxy of the cluster file, but speaks to the head directly", () => {
    const proxied = readCloudConfig(render({ proxy: "http://p:8080/$(id)" }));
    const script = proxied.write_files.find(({ path }) => /\/(boot|join)$/.test(path))?.content;
    expect(script).toContain("https_proxy='http://p:8080/$(id)' no_proxy=localhost,127.0.0.1,");
    expect(script).toMatch(/no_proxy=\S*,head\n/);
  });

  it("is refused when it would be too large to be taken", () => {
    const actions = { OnNodeStart: { Script: "s3://b/s", Args: ["x".repeat(16_000)] } };
    expect(() => render({ actions })).toThrow(
      expect.objectContaining({ code: "USER_DATA_TOO_LARGE" }),
    );
  });

  it("starts a unit, now and at every boot, that it has written before", () => {
    const { write_files: files, runcmd } = readCloudConfig(render({}));
    const [[, , , ...units] = []] = runcmd;
    expect(units.length).toBeGreaterThan(0);
    const paths = files.map(({ path }) => path);
    for (const unit of units) expect(paths).toContain(`/etc/systemd/system/${unit}`);
    expect(files.at(-1)?.content).toBe(`[Unit]\nWants=${units.join(" ")}\n`);
  });
});

let machine: ScratchMachine;
beforeEach(() => {
  machine = new ScratchMachine();
  machine.file("etc/sluice/image.json", "{}");
});
afterEach(() => machine[Symbol.dispose]());

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The head's answers: what is posted to each path is kept in `posted-PATH`. */
function answerFromHead(...files: string[]): void {
  const answer = ["q-dy-c-1", base64("the munge key"), ...files].join("\n");
  machine.file("answer", `${answer}\n`);
  machine.program(
    "curl",
    `for last; do :; done
echo "curl $*" >> ${machine.path("called")}
cat > ${machine.path("posted")}-"\${last##*/}"
case $last in */join*) cat ${machine.path("answer")} ;; esac`,
  );
  machine.program("hostname", `[ "$1" != -I ] || echo '10.0.0.7 fe80::1'`);
  machine.file("etc/sluice/guest", "#!/bin/sh\n[ $1 = fetch-url ] || echo proof\n");
  execFileSync("chmod", ["755", machine.path("etc/sluice/guest")]);
}

const fileLines = (): string[] => [
  `0644 ${machine.path("etc/sluice/mounts")} ${base64("nfs4 head:/home /h hard\n")}`,
  `0644 ${machine.path("etc/sluice/users")} ${base64("ada 2001\n")}`,
  `0600 ${machine.path("etc/new/secret.conf")} ${base64("a\nb\n")}`,
];

describe("a compute machine's boot", () => {
  const boot = (options: Options = {}) =>
    machine.run(fileOf(readCloudConfig(compute(options)), "/etc/sluice/join"));

  it("learns its name, key, users and mounts from the head, and tells it how long each took", () => {
    answerFromHead(...fileLines());
    const { status, said } = boot();
    expect(status, said).toBe(0);
    expect(machine.read("etc/munge/munge.key")).toBe("the munge key");
    expect(statSync(machine.path("etc/munge/munge.key")).mode & 0o777).toBe(0o400);
    expect(machine.read("etc/new/secret.conf")).toBe("a\nb\n");
    expect(statSync(machine.path("etc/new/secret.conf")).mode & 0o777).toBe(0o600);
    expect(machine.read("etc/sluice/node")).toBe("NODE_NAME=q-dy-c-1\n");
    expect(machine.read("etc/passwd")).toContain("ada:x:2001:");
    expect(machine.read("etc/hosts")).toMatch(/10\.0\.0\.2 head\n10\.0\.0\.7 q-dy-c-1\n$/);
    expect(machine.called).toContain("mount -t nfs4 -o hard head:/home /h");
    expect(machine.called).toContain("systemctl start munge slurmd");
    expect(machine.called.find((line) => line.startsWith("curl"))).toContain(
      "--local-port 600-1023",
    );
    const [proof, ...steps] = machine.read("posted-boot").split("\n");
    expect(proof).toBe("proof");
    expect(steps.slice(0, 8).map((line) => line.replace(/ \d+ /, " "))).toEqual(
      ["packages", "folders", "join", "name", "users", "mounts", "scratch", "slurmd"].map(
        (n) => `${n} ok`,
      ),
    );
  });

  it("that fails says where and why to the head, and ends the machine", () => {
    answerFromHead();
    machine.file(
      "etc/sluice/guest",
      "#!/bin/sh\n[ $1 != fetch-url ] || exec sh -c 'echo no such key; exit 3'\necho proof\n",
    );
    const { status, said } = boot({ actions: ACTIONS });
    expect([status, said]).toEqual([1, expect.stringContaining("OnNodeStart failed")]);
    expect(machine.read("posted-boot")).toMatch(
      /^proof\npackages \d+ ok\nOnNodeStart \d+ failed\n\nno such key\n$/,
    );
    expect(machine.called.at(-1)).toBe("systemctl poweroff");
    expect(existsSync(machine.path("posted-join"))).toBe(false);
  });
});

describe("a login machine's boot", () => {
  const script = () => fileOf(readCloudConfig(login({})), "/etc/sluice/join");

  it("finds the head by what that left for it, and lets people in when it is ready", () => {
    answerFromHead(...fileLines());
    machine.file("published", "10.0.0.2\nBEGIN\nEND\n");
    machine.file(
      "etc/sluice/guest",
      `#!/bin/sh\ncase $1 in fetch) cp ${machine.path("published")} "$3" ;; identity) echo proof ;; esac\n`,
    );
    const { status, said } = machine.run(script());
    expect(status, said).toBe(0);
    expect(machine.read("etc/sluice/head.crt")).toBe("BEGIN\nEND\n");
    expect(machine.read("etc/hosts")).toMatch(/\n10\.0\.0\.2 head\n$/);
    expect(machine.read("etc/passwd")).toContain("ada:x:2001:");
    expect(existsSync(machine.path("run/nologin"))).toBe(false);
    expect(machine.read("posted-boot")).toMatch(/\nclients \d+ ok\n/);
    // There is no sackd on it, so that it wants Slurm's files.
    expect(existsSync(machine.path("posted-join?files=slurm"))).toBe(true);
  });

  it("keeps people out when a step fails, and goes on where it was the next time", () => {
    answerFromHead(...fileLines());
    machine.program("chown", "exit 1");
    machine.file("etc/sluice/guest", '#!/bin/sh\n[ "$1" != fetch ] || echo 10.0.0.2 > "$3"\n');
    expect(machine.run(script()).status).toBe(1);
    expect(machine.read("run/nologin")).toContain("join failed");
    expect(machine.called).not.toContain("systemctl poweroff");
    machine.noted("chown");
    expect(machine.run(script()).status).toBe(0);
    expect(machine.read("etc/hosts").match(/ head$/gm)).toHaveLength(1);
  });
});

describe("a head's boot", () => {
  /** An archive as the bucket has it, with a program that notes how it was called. */
  function publish(): string {
    machine.file(
      "bundle/bin/sluice-head",
      `#!/bin/sh\necho "head $*" >> ${machine.path("called")}\nexit $(cat ${machine.path("code")})\n`,
    );
    machine.file("code", "0");
    execFileSync("chmod", ["755", machine.path("bundle/bin/sluice-head")]);
    execFileSync("tar", ["-czf", machine.path("archive"), "-C", machine.path("bundle"), "."]);
    machine.file(
      "etc/sluice/guest",
      `#!/bin/sh
echo "guest $1 $2" >> ${machine.path("called")}
case $1:$2 in
  fetch:*tar.gz) cp ${machine.path("archive")} "$3" ;;
  fetch:*) echo the file > "$3" ;;
  report:*) echo "$*" > ${machine.path("reported")} ;;
esac
`,
    );
    execFileSync("chmod", ["755", machine.path("etc/sluice/guest")]);
    for (const name of ["hostname", "nft"]) machine.program(name, "echo 10.0.0.2");
    return createHash("sha256")
      .update(execFileSync("cat", [machine.path("archive")]))
      .digest("hex");
  }
  const boot = (sha256: string, options: Options = {}) => {
    const bundle = { key: "bundles/x.tar.gz", sha256 };
    const text = head(options, { bundles: { x86_64: bundle, arm64: bundle } });
    return machine.run(fileOf(readCloudConfig(text), "/etc/sluice/boot"));
  };

  it("fetches the program and the cluster file, and hands over", () => {
    const sum = publish();
    const { status, said } = boot(sum);
    expect(status, said).toBe(0);
    expect(machine.read("etc/sluice/cluster.yaml")).toBe("the file\n");
    expect(machine.called.at(-1)).toBe("head setup");
    expect(machine.read("etc/hosts")).toMatch(/\n10\.0\.0\.2 head\n$/);
    // At the next boot it is there already.
    boot(sum);
    const fetched = machine.called.filter((line) => line === "guest fetch bundles/x.tar.gz");
    expect(fetched).toHaveLength(1);
  });

  it("runs nothing whose checksum is another, and says so to whoever waits", () => {
    publish();
    const { status } = boot("1".repeat(64));
    expect(status).toBe(1);
    expect(machine.called).not.toContain("head setup");
    expect(machine.read("reported")).toMatch(/^report failed bundle failed on the head: .*FAILED/);
  });

  it("leaves it to its program to report, once that can", () => {
    const sum = publish();
    machine.file("code", "3");
    expect(boot(sum).status).toBe(1);
    expect(existsSync(machine.path("reported"))).toBe(false);
    machine.file("code", "1");
    expect(boot(sum).status).toBe(1);
    expect(machine.read("reported")).toContain("setup failed on the head");
  });
});

describe("user data of a head in a cloud", () => {
  const documentOf = (options: Options) => readCloudConfig(head(options));

  it("says who it is, and no more of the cluster file than its scripts", () => {
    const identity = JSON.parse(fileOf(documentOf({}), "/etc/sluice/head.json")) as unknown;
    expect(identity).toEqual({
      clusterName: "demo",
      provider: "aws",
      fileVersion: 3,
      cloud: { region: "eu-central-1" },
    });
    expect(head({})).not.toContain("SlurmQueues");
  });

  it("gives OnNodeConfigured to its program to run, when there is one", () => {
    const path = "/etc/sluice/on-node-configured";
    const script = fileOf(documentOf({ actions: ACTIONS }), path);
    expect(script).toContain("'x y'");
    expect(documentOf({}).write_files.map((file) => file.path)).not.toContain(path);
    machine.program("fetched", "exit 0");
    machine.file("etc/sluice/guest", '#!/bin/sh\necho "echo ran $2 >&2; exit 4" > "$3"\n');
    execFileSync("chmod", ["755", machine.path("etc/sluice/guest")]);
    const { status, said } = machine.run(script);
    expect([status, said]).toEqual([1, expect.stringContaining("ran https://host/a.sh")]);
  });
});
