import { spawn } from "node:child_process";
import { once } from "node:events";
import { osFamily } from "@sluice/boot";
import type { ArchivedFile } from "@sluice/lifecycle/backup";
import { type Os, SluiceError } from "@sluice/model";
import { run } from "../run.ts";
import { DATABASE } from "../setup/database.ts";

/** Bytes of the dump in one file of the archive, whose sizes have to be known before. */
const PART_BYTES = 4 << 20;
/** Folder of the dump in an archive. */
export const ACCOUNTING = "accounting";
/** Where a dump is loaded before it takes the place of what there is. */
const LOADED = `${DATABASE.name}_restored`;

/**
 * The accounting database as one moment had it, as SQL in parts: `cat accounting/*` is what
 * mariadb-dump wrote. slurmdbd goes on meanwhile. By root's socket login: no password.
 *
 * Errors: `BACKUP_FAILED`.
 */
export async function* accountingDump(os: Os, createdAt: Date): AsyncGenerator<ArchivedFile> {
  const { client } = osFamily(os).mariadb;
  const options = ["--single-transaction", "--quick", "--skip-lock-tables", "--hex-blob"];
  const child = spawn(`${client}-dump`, [...options, DATABASE.name], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  ended.catch(() => {});
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  try {
    yield* inParts(child.stdout as AsyncIterable<Buffer>, createdAt);
    const [code] = await ended;
    if (code !== 0) throw new Error(said.trim().split("\n").at(-1) || `it ended with ${code}`);
  } catch (error) {
    throw new SluiceError("BACKUP_FAILED", "system", "the accounting database can't be dumped", {
      hint: "see that MariaDB runs on the head (sluice logs mariadb)",
      cause: error,
    });
  } finally {
    child.kill("SIGKILL");
  }
}

async function* inParts(
  dump: AsyncIterable<Buffer>,
  modifiedAt: Date,
): AsyncGenerator<ArchivedFile> {
  let pieces: Buffer[] = [];
  let size = 0;
  let count = 0;
  const part = (): ArchivedFile => {
    count += 1;
    const path = `${ACCOUNTING}/${String(count).padStart(6, "0")}.sql`;
    const file = { path, size, mode: 0o600, owner: "root", modifiedAt, content: pieces };
    pieces = [];
    size = 0;
    return file;
  };
  for await (const chunk of dump) {
    pieces.push(chunk);
    size += chunk.length;
    if (size >= PART_BYTES) yield part();
  }
  if (size > 0) yield part();
}

/**
 * Puts a dump in the place of the accounting database. slurmdbd is stopped. What there was stays until
 * the dump is loaded whole.
 *
 * Errors: `RESTORE_FAILED`.
 */
export async function loadAccounting(os: Os, dump: AsyncIterable<Uint8Array>): Promise<void> {
  const { client } = osFamily(os).mariadb;
  const sql = (text: string): Promise<string> =>
    run([client, "--batch", "--skip-column-names"], text, { timeoutSeconds: 3600 });
  try {
    await sql(`DROP DATABASE IF EXISTS ${LOADED}; CREATE DATABASE ${LOADED};`);
    await load(client, dump);
    const names = (await sql(`SHOW FULL TABLES FROM ${LOADED} WHERE Table_type = 'BASE TABLE';`))
      .split("\n")
      .map((line) => line.split("\t")[0] ?? "")
      .filter(Boolean);
    const quoted = (name: string): string => `\`${name.replaceAll("`", "``")}\``;
    const renames = names.map(
      (name) => `${LOADED}.${quoted(name)} TO ${DATABASE.name}.${quoted(name)}`,
    );
    await sql(
      [
        `DROP DATABASE IF EXISTS ${DATABASE.name};`,
        `CREATE DATABASE ${DATABASE.name};`,
        ...(renames.length === 0 ? [] : [`RENAME TABLE ${renames.join(", ")};`]),
        `DROP DATABASE ${LOADED};`,
      ].join("\n"),
    );
  } catch (error) {
    throw new SluiceError("RESTORE_FAILED", "system", "the accounting database can't be loaded", {
      hint: "see that MariaDB runs on the head (sluice logs mariadb)",
      cause: error,
    });
  }
}

async function load(client: string, dump: AsyncIterable<Uint8Array>): Promise<void> {
  const child = spawn(client, [LOADED], { stdio: ["pipe", "ignore", "pipe"] });
  const ended = once(child, "close") as Promise<[number | null]>;
  ended.catch(() => {});
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  child.stdin.on("error", () => {});
  for await (const chunk of dump) {
    if (!child.stdin.write(chunk)) await Promise.race([once(child.stdin, "drain"), ended]);
    if (child.exitCode !== null) break;
  }
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(said.trim().split("\n").at(-1) || `${client} ended with ${code}`);
}
