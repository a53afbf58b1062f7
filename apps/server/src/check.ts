import { mariadbdPath } from "@sluice/database";
import { openGateway } from "@sluice/gateway";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import {
  authenticationProblems,
  createClusterDirectory,
  createEventHub,
  type ServerConfig,
} from "@sluice/server";
import { runningServer } from "./claim.ts";
import { loadConfig } from "./config-file.ts";
import { tryDatabase } from "./database.ts";
import { serverPaths } from "./paths.ts";
import { allSecretFiles, secretFileProblems } from "./secret-files.ts";
import { freePort, type ServerOptions, urlOf } from "./start.ts";
import { loadTls } from "./tls.ts";
import { random, servedProviders } from "./wire.ts";

/** What stands in the way of a start, and what is as it should be. */
export interface CheckResult {
  readonly configFile: string | undefined;
  readonly checks: readonly {
    /** `file`, `secrets`, `tls`, `port`, `database`, `authentication`, `clusters`. */
    readonly part: string;
    readonly problems: readonly SluiceError[];
    /** In a few words, where there is no problem. */
    readonly state: string;
  }[];
}

type Verdict = string | readonly SluiceError[];

/** Everything that is wrong at once. Changes nothing, starts nothing. */
export async function checkServer(options: ServerOptions): Promise<CheckResult> {
  const paths = serverPaths(options.env);
  let loaded: Awaited<ReturnType<typeof loadConfig>>;
  try {
    loaded = await loadConfig(paths, options.configFile);
  } catch (error) {
    const problems = [asSluice(error)];
    return { configFile: options.configFile, checks: [{ part: "file", problems, state: "" }] };
  }
  const { config, file } = loaded;
  const ways: Readonly<Record<string, () => Promise<Verdict>>> = {
    file: async () => file ?? "none, everything is as it is by itself",
    secrets: async () => {
      const files = allSecretFiles(config);
      const problems = await secretFileProblems(files);
      return problems.length > 0 ? problems : `${files.length}, the server's alone`;
    },
    tls: async () => tlsState(config, options),
    port: async () => portState(config, options),
    database: async () => databaseState(config),
    authentication: async () => authenticationState(config, options),
    clusters: async () => clustersState(config, options),
  };
  const checks = Object.entries(ways).map(async ([part, way]) => {
    const verdict = await way().catch((error: unknown): Verdict => [asSluice(error)]);
    return typeof verdict === "string"
      ? { part, problems: [], state: verdict }
      : { part, problems: verdict, state: "" };
  });
  return { configFile: file, checks: await Promise.all(checks) };
}

async function tlsState(config: ServerConfig, { env, clock }: ServerOptions): Promise<Verdict> {
  const { Listen } = config;
  if (Listen.Tls === undefined) return "none: plain HTTP, on this machine only";
  // One that is made at the start is no matter of a check.
  if (Listen.Tls.SelfMade) return "made by the server itself";
  await loadTls(Listen, serverPaths(env), clock);
  return "certificate and key fit and are valid";
}

async function portState({ Listen }: ServerConfig, { env }: ServerOptions): Promise<Verdict> {
  const running = runningServer(serverPaths(env));
  const scheme = Listen.Tls === undefined ? "http" : "https";
  const url = urlOf(scheme, Listen.Address, Listen.Port);
  if (running !== undefined && running.url === url) return `${url}, where the server runs now`;
  await freePort(Listen);
  return `${url} is free`;
}

async function databaseState({ Database }: ServerConfig): Promise<Verdict> {
  if (Database === undefined) {
    mariadbdPath();
    return "the server's own";
  }
  const pending = await tryDatabase(Database);
  return pending.length === 0 ? "up to date" : `a start brings it to ${pending.at(-1)}`;
}

async function authenticationState(config: ServerConfig, { env }: ServerOptions): Promise<Verdict> {
  const { Listen, PublicUrl, Authentication } = config;
  const scheme = Listen.Tls === undefined ? "http" : "https";
  const problems = await authenticationProblems({
    config: Authentication,
    publicUrl: new URL(PublicUrl ?? urlOf(scheme, Listen.Address, Listen.Port)),
    env,
  });
  if (problems.length > 0) return problems;
  const names = [...Authentication.Ldap, ...Authentication.Oidc].map(({ Name }) => Name);
  return ["local accounts", ...names].join(", ");
}

async function clustersState(config: ServerConfig, options: ServerOptions): Promise<Verdict> {
  const { clouds, clock } = options;
  const { Default } = config.Clusters;
  await using directory = createClusterDirectory({
    providers: servedProviders(config),
    openCloud: ({ provider, region }) =>
      clouds.open(provider, region === undefined ? {} : { region }),
    openGateway,
    clock,
    events: createEventHub({ clock, process: random.id(), remembered: 100 }),
  });
  const found = await directory.list();
  const problems = directory.unanswered().map(
    ({ provider, region, message }) =>
      new SluiceError("CLOUD_UNREACHABLE", "system", `${provider} in ${region}: ${message}`, {
        hint: "look at Clusters/Providers, and at what the server may do there",
      }),
  );
  if (problems.length > 0) return problems;
  const names = found.map(({ name }) => name);
  if (Default !== undefined && !names.includes(Default)) {
    throw new SluiceError("CLUSTER_NOT_FOUND", "user", `there is no cluster ${Default}`, {
      hint: "make it, or correct Clusters/Default in the server's file",
    });
  }
  return names.length === 0 ? "none yet" : names.join(", ");
}

function asSluice(error: unknown): SluiceError {
  if (isSluiceError(error)) return error;
  return new SluiceError("UNEXPECTED", "system", messageOf(error), { cause: error });
}
