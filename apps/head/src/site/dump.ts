import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SITE_DATABASE_PORT, SITE_DATABASES, SITE_LAYOUT, SITE_SECRETS } from "@sluice/boot";
import { dumpDatabases } from "@sluice/database";
import { SluiceError } from "@sluice/model";
import { documentOf } from "../backup/index.ts";
import { readSiteIdentity } from "./identity.ts";

const PASSWORDS = { server: SITE_SECRETS.serverPassword, slurm: SITE_SECRETS.slurmPassword };

/** One of the site's databases as its own account reaches it. */
export interface SiteDatabase {
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
}

/** Errors: `USAGE`. */
export function siteDatabaseNamed(word: string | undefined): SiteDatabase {
  if (word !== "server" && word !== "slurm") {
    const message = `${JSON.stringify(word ?? "")} is neither server nor slurm`;
    throw new SluiceError("USAGE", "user", message);
  }
  const { user, database } = SITE_DATABASES[word];
  const password = readFileSync(join(SITE_LAYOUT.secrets, PASSWORDS[word]), "utf8").trim();
  const { databaseAddress, database: managed } = readSiteIdentity();
  const port = managed?.port ?? SITE_DATABASE_PORT;
  return { name: database, user, password, host: databaseAddress, port };
}

/** Where a client's file with a password may lie: in memory, root's alone. */
export function clientFolder(): string {
  const folder = join(SITE_LAYOUT.run, "clients");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/**
 * `sluice-head site-dump server|slurm`: that database as of one moment as SQL on standard output, the
 * error on standard error. Returns the exit code.
 */
export async function siteDump([word]: readonly string[]): Promise<number> {
  try {
    const { name, ...address } = siteDatabaseNamed(word);
    const dump = await dumpDatabases({
      address,
      certificateAuthorityFile: SITE_LAYOUT.authority,
      databases: [name],
      folder: clientFolder(),
    });
    process.stdout.on("error", () => process.exit(1));
    for await (const chunk of dump.stream) {
      if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
    }
    await dump.done;
    return 0;
  } catch (error) {
    process.stderr.write(`${JSON.stringify({ error: documentOf(error) })}\n`);
    return 1;
  }
}
