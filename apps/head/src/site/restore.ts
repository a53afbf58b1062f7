import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SITE_LAYOUT } from "@sluice/boot";
import { SluiceError } from "@sluice/model";
import { documentOf } from "../backup/index.ts";
import { clientFolder, type SiteDatabase, siteDatabaseNamed } from "./dump.ts";

/**
 * `sluice-head site-restore server|slurm`: SQL of `site-dump` on standard input takes the place of what
 * that database of the site has; a replica gets it too. Whoever uses the database is to be stopped.
 * Returns the exit code.
 */
export async function siteRestore([word]: readonly string[]): Promise<number> {
  try {
    const database = siteDatabaseNamed(word);
    await load(database, process.stdin, word === "server" ? AFTER_SERVER : "");
    return 0;
  } catch (error) {
    process.stderr.write(`${JSON.stringify({ error: documentOf(error) })}\n`);
    return 1;
  }
}

/** Numbers of events begin anew: streams of before the restore shall not go on by theirs. */
const AFTER_SERVER = "UPDATE event_order SET epoch = UUID();\n";

/** Errors: `RESTORE_FAILED`. */
async function load(
  { name, user, password, host, port }: SiteDatabase,
  dump: AsyncIterable<Uint8Array>,
  after: string,
): Promise<void> {
  const file = join(clientFolder(), `load-${randomUUID()}.cnf`);
  const lines = [
    "[client]",
    `password="${password}"`,
    `ssl-ca="${SITE_LAYOUT.authority}"`,
    "ssl-verify-server-cert",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  try {
    const child = spawn(
      "mariadb",
      [
        `--defaults-file=${file}`,
        ...["--protocol=tcp", `--host=${host}`, `--port=${port}`, `--user=${user}`],
        ...["--default-character-set=utf8mb4", "--max-allowed-packet=1G"],
      ],
      { stdio: ["pipe", "ignore", "pipe"] },
    );
    const ended = once(child, "close") as Promise<[number | null]>;
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-2000);
    });
    const statements = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`DROP DATABASE IF EXISTS \`${name}\`;\n`);
      yield* dump;
      yield Buffer.from(after);
    };
    const given = pipeline(Readable.from(statements()), child.stdin).catch(() => {});
    const [code] = await ended;
    if (code !== 0) throw refused(name, said.trim().split("\n").at(-1) || `it ended with ${code}`);
    await given;
  } finally {
    rmSync(file, { force: true });
  }
}

function refused(name: string, why: string): SluiceError {
  const message = `the database ${name} can't be loaded: ${why}`;
  return new SluiceError("RESTORE_FAILED", "system", message, {
    hint: "see how the site's database is (sluice describe-site)",
  });
}
