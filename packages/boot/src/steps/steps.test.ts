import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScratchMachine, shellcheck } from "../testing/user-data.ts";
import { ADD_LISTED_USERS, usersFile } from "../users.ts";
import { actionFunction, actionLines } from "./actions.ts";
import { installFunction } from "./install.ts";
import { type MachineMount, MOUNT_FUNCTIONS, mountsFile } from "./mounts.ts";
import { shellWord } from "./shell.ts";
import { STEPS } from "./steps.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = new ScratchMachine();
});
afterEach(() => machine[Symbol.dispose]());

const script = (...lines: string[]): string => ["#!/bin/sh", STEPS, ...lines, ""].join("\n");

describe("a word of a shell command", () => {
  it("means itself, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const word = text.replaceAll("\0", "");
        const argv = ["-c", `printf %s ${shellWord(word)}`];
        expect(execFileSync("sh", argv, { encoding: "utf8" })).toBe(word.toWellFormed());
      }),
      { numRuns: 60 },
    );
  });
});

describe("steps", () => {
  it("are timed, and end at the first command that fails, with what it said", () => {
    const { status, said } = machine.run(
      script(
        'failed() { echo "told of $1"; }',
        "good() { true; }",
        "bad() { echo before; false; echo after; }",
        "step good good",
        "step bad bad",
        "step never good",
      ),
    );
    expect(status).toBe(1);
    expect(said).toContain("before");
    expect(said).not.toContain("after\n");
    expect(said).toContain("told of bad");
    expect(machine.read("state/steps")).toMatch(/^good \d+ ok\nbad \d+ failed\n$/);
  });
});

describe("custom actions", () => {
  const action = {
    Sequence: [
      { Script: "s3://b/one.sh", Args: ["a b", 7, true, "$(id)'\n\n;`x`"] },
      { Script: "https://h/two?x=1&y", Args: [] },
    ],
  };
  const run = () =>
    machine.run(
      script(
        "failed() { :; }",
        actionFunction("fetch"),
        ...actionLines("OnNodeStart", action),
        "step end true",
      ),
    );

  it("run in order with their arguments as they stand, once in a machine's life", () => {
    machine.program("fetch", `echo "fetch $1" >> ${machine.path("called")}; cp /etc/script "$2"`);
    machine.file("etc/script", `#!/bin/sh\nprintf '<%s>' "$@" >> ${machine.path("called")}\n`);
    expect(run().status).toBe(0);
    expect(run().status).toBe(0);
    expect(machine.read("called")).toBe(
      "fetch s3://b/one.sh\n<a b><7><true><$(id)'\n\n;`x`>fetch https://h/two?x=1&y\n<>",
    );
  });

  it("stop the boot when one fails, and run again at the next", () => {
    machine.program("fetch", `cp /etc/script "$2"`);
    machine.file("etc/script", "#!/bin/sh\necho tried >> $0.tries; exit 7\n");
    const { status, said } = run();
    expect([status, said]).toEqual([
      1,
      expect.stringContaining("s3://b/one.sh ended with status 7"),
    ]);
    run();
    expect(machine.read("state/OnNodeStart-1.tries")).toBe("tried\ntried\n");
  });
});

describe("mounts", () => {
  const nfs = (mountPoint: string): MachineMount => ({
    type: "nfs4",
    source: `head:${mountPoint}`,
    mountPoint,
    options: ["hard", "nosuid"],
  });

  it("are made side by side, those inside of others after these, and not twice", () => {
    const text = mountsFile([nfs("/run/a/b"), nfs("/run/a"), nfs("/run/there"), nfs("/run/c")]);
    machine.file("etc/sluice/mounts", text.replaceAll(" /run", ` ${machine.path("run")}`));
    machine.program("mountpoint", `[ "$2" = ${machine.path("run/there")} ]`);
    const result = machine.run(script("failed() { :; }", MOUNT_FUNCTIONS, "step mounts mount_all"));
    expect(result.status, result.said).toBe(0);
    const called = machine.called.map((line) => line.replaceAll(machine.root, ""));
    expect(called.toSorted()).toEqual([
      "mount -t nfs4 -o hard,nosuid head:/run/a /run/a",
      "mount -t nfs4 -o hard,nosuid head:/run/a/b /run/a/b",
      "mount -t nfs4 -o hard,nosuid head:/run/c /run/c",
    ]);
    expect(called.at(-1)).toContain("/run/a/b");
  });

  it("are asked for again when a server does not answer yet", () => {
    machine.file(
      "etc/sluice/mounts",
      mountsFile([nfs("/x")]).replace(" /x", ` ${machine.path("x")}`),
    );
    machine.program(
      "mount",
      `echo tried >> ${machine.path("called")}; [ $(wc -l < ${machine.path("called")}) -ge 3 ]`,
    );
    const result = machine.run(script("failed() { :; }", MOUNT_FUNCTIONS, "step m mount_all"));
    expect([result.status, machine.called.length]).toEqual([0, 3]);
  });

  it("of EFS are plain NFS, unless the file wants what only Amazon's helper can", () => {
    const source = "fs-0123abcd.efs.eu-central-1.amazonaws.com:/";
    const efs = (options: string[]) =>
      mountsFile([{ type: "efs", source, mountPoint: "/e", options }]);
    expect(efs([])).toMatch(/^nfs4 fs-0123abcd\.efs\.\S+ \/e nfsvers=4\.1,.*noresvport\n$/);
    expect(efs(["tls", "iam"])).toBe("efs fs-0123abcd:/ /e tls,iam\n");
  });

  it.each(["/a b", "/a\nb", "/a\\040b", "/ä", ""])("refuse %j", (mountPoint) => {
    expect(() => mountsFile([nfs(mountPoint)])).toThrow(
      expect.objectContaining({ code: "SETTING_UNSAFE" }),
    );
  });
});

describe("users of a list", () => {
  it("are added once each", () => {
    const users = [
      { Name: "ada", Uid: 2001 },
      { Name: "ad", Uid: 2002 },
    ];
    machine.file("etc/sluice/users", usersFile(users));
    const twice = script(
      "failed() { :; }",
      ADD_LISTED_USERS,
      "step u add_users",
      "step u add_users",
    );
    expect(machine.run(twice).status).toBe(0);
    const home = machine.path("home");
    expect(machine.read("etc/passwd").split("\n").slice(1)).toEqual([
      `ada:x:2001:2001::${home}/ada:/bin/bash`,
      `ad:x:2002:2002::${home}/ad:/bin/bash`,
      "",
    ]);
  });
});

describe("packages", () => {
  const install = (os: "debian13" | "rocky9" | "alinux2023") =>
    script(
      "failed() { :; }",
      installFunction({ os, role: "compute", directory: false }),
      "step packages install_packages",
    );

  it("are left alone in an image that says that it has them", () => {
    for (const name of ["apt-get", "dnf"]) machine.noted(name);
    machine.file("etc/sluice/image.json", "{}");
    expect(machine.run(install("debian13")).status).toBe(0);
    expect(machine.called).toEqual([]);
  });

  it("come from the distribution, with nothing started", () => {
    machine.program(
      "apt-get",
      `echo "apt-get $*" >> ${machine.path("called")}
case "$*" in
  *install*)
    [ "$(/bin/sh /usr/sbin/policy-rc.d 2> /dev/null; echo $?)" != 0 ] || exit 9
    for name in curl mount.nfs munged slurmd srun; do cp ${machine.path("bin/getent")} ${machine.path("bin")}/$name; done ;;
esac`,
    );
    const result = machine.run(
      install("debian13").replaceAll("/usr/sbin/policy-rc.d", machine.path("policy")),
    );
    expect(result.status, result.said).toBe(0);
    expect(machine.called[0]).toMatch(/^apt-get .*update$/);
    expect(machine.called[1]).toMatch(/^apt-get .*install .* slurmd$/);
    expect(machine.called.at(-1)).toMatch(/^systemctl disable --now .*slurmd\.service/);
  });

  it("that nobody has are said to be missing", () => {
    machine.noted("dnf");
    const { status, said } = machine.run(install("alinux2023"));
    expect([status, said]).toEqual([
      1,
      expect.stringContaining("alinux2023 has no packages of it"),
    ]);
  });

  it("are asked for in words that shellcheck has nothing against", () => {
    expect(shellcheck([install("debian13"), install("rocky9"), install("alinux2023")])).toBe("");
  });
});
