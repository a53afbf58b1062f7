import { SCOPES, type Scope, type Token, tokensRoutes } from "@sluice/api";
import { type DefineCommand, numberOption } from "../command.ts";
import { harmless, table } from "../render/table.ts";
import { shownMinute } from "../render/time.ts";
import { requireServer } from "../server-session.ts";
import { usage } from "../usage.ts";

interface CreateOptions {
  readonly scopes?: readonly string[];
  readonly clusters?: readonly string[];
  readonly days?: string;
}

/** For programs that ask a server. */
export const tokenCommand: DefineCommand = (program, cli) => {
  const token = program
    .command("token")
    .description("tokens for programs that ask a server: create, list, revoke");

  token
    .command("create")
    .description("make a token; it is shown this once")
    .argument("[name]", "what it is for")
    .option("--scopes <scopes...>", `what it may do, of ${SCOPES.join(", ")}; all by itself`)
    .option("--clusters <names...>", "where; everywhere by itself")
    .option("--days <number>", "how long it is good")
    .action(
      cli.action<CreateOptions>(async (context, options, [name]) => {
        if (name === undefined) throw usage("a token needs a name", "sluice token create ci");
        const server = await requireServer(context);
        const { clusters, days } = options;
        const made = await server.call(tokensRoutes.createToken, {
          body: {
            name,
            ...(options.scopes === undefined ? {} : { scopes: scopesOf(options.scopes) }),
            ...(clusters === undefined ? {} : { clusters: [...clusters] }),
            ...(days === undefined ? {} : { expiresInDays: numberOption("--days", days) }),
          },
        });
        const until = made.expiresAt.slice(0, 10);
        await context.output.emit(
          made,
          () => `${made.token}\n  ${made.id}, good until ${until}; it is not shown again\n`,
        );
        return 0;
      }),
    );

  token
    .command("list")
    .description("list tokens that are good")
    .option("--user <name>", "another person's, for administrators")
    .action(
      cli.action<{ readonly user?: string }>(async (context, { user }) => {
        const server = await requireServer(context);
        const query = user === undefined ? {} : { user };
        const { items } = await server.call(tokensRoutes.listTokens, { query });
        await context.output.emit({ tokens: items }, ({ tokens }) =>
          tokens.length === 0 ? "no tokens\n" : rendered(tokens),
        );
        return 0;
      }),
    );

  token
    .command("revoke")
    .description("revoke a token, and those that were made with it")
    .argument("[id]")
    .action(
      cli.action(async (context, _options, [id]) => {
        if (id === undefined) throw usage("which token", "sluice token list has their ids");
        const server = await requireServer(context);
        await server.call(tokensRoutes.revokeToken, { params: { token: id } });
        await context.output.emit({ revoked: id }, () => `${id} is revoked\n`);
        return 0;
      }),
    );
};

function scopesOf(words: readonly string[]): Scope[] {
  return words
    .flatMap((word) => word.split(","))
    .map((word) => {
      const scope = SCOPES.find((one) => one === word);
      if (scope !== undefined) return scope;
      throw usage(`${word} is no scope`, `one of ${SCOPES.join(", ")}`);
    });
}

function rendered(tokens: readonly Token[]): string {
  const rows = tokens.map(({ id, name, scopes, clusters, expiresAt, lastUsedAt }) => [
    id,
    harmless(name),
    scopes.length === SCOPES.length ? "all" : scopes.join(","),
    clusters?.join(",") ?? "all",
    expiresAt.slice(0, 10),
    lastUsedAt === undefined ? "never" : shownMinute(lastUsedAt),
  ]);
  return table(["ID", "NAME", "SCOPES", "CLUSTERS", "UNTIL", "LAST USED"], rows);
}
