import { chmod, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a server keeps on its machine, below `server` of Sluice's state folder. */
export interface ServerPaths {
  readonly state: string;
  readonly folder: string;
  /** Read when no other file is named, in this order. */
  readonly configFiles: readonly string[];
  /** Held while a server runs. */
  readonly lock: string;
  /** Tells where the running server is. */
  readonly record: string;
  /** Of a server that runs detached. */
  readonly log: string;
  readonly tls: string;
  readonly databaseFolder: string;
  readonly databasePassword: string;
  /** Secrets of web-hooks and links to files are made of it. */
  readonly siteKey: string;
  /** Which server this is among those of the site. */
  readonly serverId: string;
}

export function serverPaths(env: Environment): ServerPaths {
  const state = env.SLUICE_STATE_DIR || "/var/lib/sluice";
  const folder = join(state, "server");
  return {
    state,
    folder,
    configFiles: ["/etc/sluice/server.yaml", join(folder, "server.yaml")],
    lock: join(folder, "lock.sqlite"),
    record: join(folder, "running.json"),
    log: join(folder, "server.log"),
    tls: join(folder, "tls"),
    databaseFolder: join(folder, "database"),
    databasePassword: join(folder, "database-password"),
    siteKey: join(folder, "site-key"),
    serverId: join(folder, "server-id"),
  };
}

/**
 * Makes what is not there. The database runs as another user, who has to pass through to its own
 * folder; what is secret has its own mode.
 */
export async function makeFolders({ state, folder }: ServerPaths): Promise<void> {
  for (const path of [state, folder]) {
    await mkdir(path, { recursive: true, mode: 0o711 });
    const { mode } = await stat(path);
    if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o111);
  }
}
