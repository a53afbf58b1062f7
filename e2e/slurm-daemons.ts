import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { headHooks, type MachineFile } from "@sluice/boot";
import { ensureImage, findImage } from "../packages/local/src/images/build.ts";
import { recipeFor } from "../packages/local/src/images/recipe.ts";
import { finished, type Result, until } from "./harness.ts";
import type { Run } from "./run.ts";

/** The head's own address, and a second one for a slurmdbd that is not its own. */
export const ADDRESS = "10.0.0.1";
const OTHER_ADDRESS = "10.0.0.9";

/**
 * A root of the image's own with everything of a head but its systemd: host name, network, munge and
 * MariaDB. All of it is in namespaces, and goes with them.
 */
const ROOM = `set -eu
image=$1 room=$2
mount --make-rprivate /
mount -t tmpfs tmpfs "$room"
mkdir "$room/upper" "$room/work" "$room/root"
mount -t overlay overlay -o "lowerdir=$image,upperdir=$room/upper,workdir=$room/work" "$room/root"
cd "$room/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
hostname head
ip link set lo up
ip link add eth0 type bridge
ip address add ${ADDRESS}/24 dev eth0
ip address add ${OTHER_ADDRESS}/24 dev eth0
ip link set eth0 up
rm -f etc/hosts
echo '${ADDRESS} head db.example.org' > etc/hosts
exec chroot . sh -c '
  install -d -o munge -g munge /run/munge /etc/munge
  install -d -o mysql -g mysql /run/mysqld
  install -d -o slurm -g slurm /run/slurmctld /run/slurmdbd
  (umask 377; head -c 64 /dev/urandom > /etc/munge/munge.key)
  chown munge:munge /etc/munge/munge.key
  setpriv --reuid munge --regid munge --clear-groups munged
  mariadbd --user=mysql --bind-address=${ADDRESS} --port=3307 --skip-name-resolve \\
    --loose-innodb-snapshot-isolation=OFF &
  wait'
`;

/** Slurm's daemons out of a machine image, on one head's files after another. */
export class SlurmDaemons implements AsyncDisposable {
  readonly #room: string;
  readonly #process: ChildProcess;
  readonly #pid: number;

  private constructor(room: string, process: ChildProcess, pid: number) {
    this.#room = room;
    this.#process = process;
    this.#pid = pid;
  }

  static async start(run: Run, os: string): Promise<SlurmDaemons> {
    const room = join(run.folder, `slurm-${os}`);
    mkdirSync(room);
    const image = await imageOf(run, os);
    const words = ["--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child"];
    const process = spawn("unshare", [...words, "sh", "-c", ROOM, "sh", image, room], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const why = async (): Promise<string> => said;
    try {
      const pid = await until("the room", async () => childOf(process.pid), 5, why);
      await until("MariaDB", async () => /ready for connections/.test(said), 20, why);
      return new SlurmDaemons(room, process, pid);
    } catch (error) {
      process.kill("SIGKILL");
      throw error;
    }
  }

  /** Writes a head's files, which replace those of the head before. */
  async install(files: readonly MachineFile[]): Promise<void> {
    await this.ok("rm -rf /etc/slurm /var/lib/sluice; install -d /etc/slurm");
    await this.ok("install -d -o slurm -g slurm /var/lib/sluice/slurmctld /var/lib/sluice/log");
    for (const { path, content, mode, owner } of [...headHooks(), ...files]) {
      const inside = join(this.#root, path);
      mkdirSync(dirname(inside), { recursive: true });
      writeFileSync(inside, content, { mode });
      if (owner !== undefined) chownSync(inside, ...this.#accountOf(owner));
    }
    const key = "/var/lib/sluice/slurmctld/jwt_hs256.key";
    await this.ok(`umask 077; head -c 32 /dev/urandom > ${key}; chown slurm:slurm ${key}`);
  }

  /**
   * Starts a daemon as its unit does, and waits until `isUp`, a shell command, succeeds.
   */
  async daemon(name: string, words: string, isUp: string, user = "slurm"): Promise<Daemon> {
    const out = `/run/${name}.out`;
    const as = `setsid setpriv --reuid ${user} --regid ${user} --clear-groups`;
    await this.ok(`${as} ${words} > ${out} 2>&1 & echo $! > /run/${name}.test-pid`);
    const log = async (): Promise<string> => (await this.sh(`cat ${out}`)).stdout;
    const pid = await this.ok(`cat /run/${name}.test-pid`);
    const look = async (): Promise<boolean> => {
      const { code } = await this.sh(`${isUp} || ! kill -0 ${pid}`);
      return code === 0;
    };
    await until(`${name} to be up`, look, 20, log);
    return {
      log,
      isRunning: async () => (await this.sh(`kill -0 ${pid}`)).code === 0,
      [Symbol.asyncDispose]: async () => {
        // Of its group: a slurmctld that was told to reconfigure itself is another process.
        await this.sh(`kill -9 -${pid}; while kill -0 -${pid} 2>/dev/null; do sleep 0.02; done`);
      },
    };
  }

  /** A shell script in the room, as root. */
  sh(script: string, input = ""): Promise<Result> {
    const words = ["--target", String(this.#pid), "--all", "--root", "--wd=/", "sh", "-c", script];
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };
    const child = spawn("nsenter", words, { env, stdio: ["pipe", "pipe", "pipe"] });
    return finished(child, ["nsenter", ...words], { input, timeout: 60 });
  }

  async ok(script: string, input = ""): Promise<string> {
    const { code, stdout, stderr } = await this.sh(script, input);
    if (code !== 0) throw new Error(`${script}\nexit ${code}\n${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  get #root(): string {
    return `/proc/${this.#pid}/root`;
  }

  #accountOf(user: string): [number, number] {
    const accounts = readFileSync(join(this.#root, "etc/passwd"), "utf8").split("\n");
    const [, , uid, gid] = accounts.find((line) => line.startsWith(`${user}:`))?.split(":") ?? [];
    return [Number(uid), Number(gid)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
    rmSync(this.#room, { recursive: true, force: true });
  }
}

/** Killed at the end of the block that holds it. */
export interface Daemon extends AsyncDisposable {
  /** What it has said. */
  log(): Promise<string>;
  isRunning(): Promise<boolean>;
}

async function imageOf(run: Run, os: string): Promise<string> {
  const recipe = recipeFor(os);
  if (recipe === undefined) throw new Error(`no image is made of ${os}`);
  const found = findImage(recipe, run.images);
  if (found !== undefined) return found.root;
  const signal = AbortSignal.timeout(200_000);
  const made = await ensureImage(recipe, { directory: run.images, signal, onProgress: () => {} });
  return made.root;
}

/** The process that unshare has started, by its number on the host. */
function childOf(pid: number | undefined): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  return child ? Number(child) : undefined;
}
