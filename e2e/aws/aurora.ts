import { execFile } from "node:child_process";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { type Connection, createConnection } from "mysql2/promise";
import { mariadbdPath } from "../../packages/database/src/own/installation.ts";
import { makeData } from "../../packages/database/src/own/make-data.ts";
import {
  exitOf,
  lastLines,
  openLog,
  ownFolder,
  spawnUnprivileged,
  writeOwned,
} from "../../packages/database/src/own/process.ts";

const run = promisify(execFile);

/** Who may do everything in a database. */
interface Master {
  readonly user: string;
  readonly password: string;
}

/** What stands in for every database of Aurora in a region: a MariaDB that talks over TLS alone. */
export interface AuroraStandIn extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** PEM of who signed its certificate, whom machines have to believe. */
  readonly authority: string;
  /** Gives a database that is made its master; all of them are the same server. */
  made(master: Master): Promise<void>;
}

const PORT = 3306;
/** Of ours, by the socket. */
const OWNER: Master = { user: "owner", password: "by-the-socket-only" };
/** Seconds until it answers. */
const START_SECONDS = 60;
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];

/** @param host address of this machine in the region's network. */
export async function startAurora(folder: string, host: string): Promise<AuroraStandIn> {
  const at = (name: string): string => join(folder, name);
  await ownFolder(folder);
  await ownFolder(at("tmp"));
  const authority = await makeCertificates(folder, host);
  await makeData({ data: at("data"), temporary: at("tmp"), logFile: at("log") });
  await writeOwned(at("owner.sql"), `${[...masterSql(OWNER, "localhost"), ""].join(";\n")}`);
  const child = spawnUnprivileged(
    [
      mariadbdPath(),
      "--no-defaults",
      ...[`--datadir=${at("data")}`, `--tmpdir=${at("tmp")}`, `--socket=${at("socket")}`],
      ...[`--bind-address=${host}`, `--port=${PORT}`, `--init-file=${at("owner.sql")}`],
      ...[`--ssl-ca=${at("authority.crt")}`, `--ssl-cert=${at("server.crt")}`],
      ...[`--ssl-key=${at("server.key")}`, "--require-secure-transport=ON"],
      ...["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0"],
      ...["--innodb-flush-method=nosync", "--innodb-doublewrite=OFF", "--skip-log-bin"],
      ...["--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin"],
      ...["--skip-name-resolve", "--max-allowed-packet=64M"],
    ],
    await openLog(at("log")),
    "KILL",
  );
  const ended = exitOf(child);
  const owner = () => createConnection({ ...OWNER, socketPath: at("socket") });
  const [connection] = await answering(owner, at("log"), ended);
  await connection.end();
  return {
    ...{ host, port: PORT, authority },
    async made(master) {
      const own = await owner();
      for (const statement of masterSql(master, "%")) await own.query(statement);
      await own.end();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function masterSql({ user, password }: Master, host: string): readonly string[] {
  if (!/^[a-z][a-z0-9_]{0,30}$/.test(user) || !/^[\w.~+/=-]{8,128}$/.test(password)) {
    throw new Error(`${user} can't be the master of a database here`);
  }
  const account = `'${user}'@'${host}'`;
  return [
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}'`,
    `ALTER USER ${account} IDENTIFIED BY '${password}'`,
    `GRANT ALL ON *.* TO ${account} WITH GRANT OPTION`,
  ];
}

/** In a list, because a connection can be waited for like a promise. */
async function answering(
  connect: () => Promise<Connection>,
  log: string,
  ended: Promise<number>,
): Promise<readonly [Connection]> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const deadline = performance.now() + START_SECONDS * 1000;
  for (;;) {
    try {
      return [await connect()];
    } catch (error) {
      if (isOver) throw new Error(`Aurora's stand-in has ended: ${await lastLines(log)}`);
      if (performance.now() > deadline) throw error;
      await delay(50);
    }
  }
}

/** @returns who signed. */
async function makeCertificates(folder: string, host: string): Promise<string> {
  const at = (name: string): string => join(folder, name);
  const make = (name: string, ...words: string[]) =>
    run("openssl", [
      ...["req", "-x509", ...KEY, "-subj", `/CN=${name}`, ...words],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.crt`)],
    ]);
  await make("authority", "-addext", "basicConstraints=critical,CA:TRUE");
  await make(
    "server",
    ...["-CA", at("authority.crt"), "-CAkey", at("authority.key")],
    ...["-addext", `subjectAltName=IP:${host}`, "-addext", "basicConstraints=critical,CA:FALSE"],
  );
  for (const name of ["authority.crt", "server.crt", "server.key"]) {
    const text = await readFile(at(name), "utf8");
    await rename(at(name), at(`${name}.made`));
    await writeOwned(at(name), text);
  }
  return readFile(at("authority.crt"), "utf8");
}
