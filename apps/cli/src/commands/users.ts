import { type Grant, ROLES, type Role, type User, usersRoutes } from "@sluice/api";
import type { Command } from "commander";
import type { DefineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";
import { harmless, table } from "../render/table.ts";
import { shownMinute } from "../render/time.ts";
import { requireServer, type ServerClient } from "../server-session.ts";
import { usage } from "../usage.ts";

interface UserOptions {
  readonly unixUser?: string;
  readonly displayName?: string;
  readonly email?: string;
  readonly grant?: readonly string[];
  readonly group?: readonly string[];
}

interface SetOptions extends UserOptions {
  readonly disable?: boolean;
  readonly enable?: boolean;
}

const PAGE = 200;

/** Who may use a server, for its administrators. */
export const usersCommand: DefineCommand = (program, cli) => {
  const users = program
    .command("users")
    .description("who may use a server: list, add, invite, set, remove");

  users
    .command("list")
    .description("list users")
    .option("--search <text>", "in their names and Unix users")
    .action(
      cli.action<{ readonly search?: string }>(async (context, { search }) => {
        const found = await allUsers(await requireServer(context), search);
        await context.output.emit({ users: found }, (list) =>
          list.users.length === 0 ? "no users\n" : rendered(list.users),
        );
        return 0;
      }),
    );

  withFields(
    users
      .command("add")
      .description(
        "put a local user in; the link that is shown sets a password, once, within a day",
      )
      .argument("[name]"),
  ).action(
    cli.action<UserOptions>(async (context, options, [name]) => {
      const body = { name: named(name), ...fieldsOf(options) };
      const server = await requireServer(context);
      const { user, link } = await server.call(usersRoutes.createUser, { body });
      await context.output.emit(
        { user, link },
        () => `${user.name} is in. For a password, until ${link.expiresAt}:\n  ${link.url}\n`,
      );
      return 0;
    }),
  );

  users
    .command("invite")
    .description("make another link for a new password")
    .argument("[name]")
    .action(
      cli.action(async (context, _options, [name]) => {
        const params = { user: named(name) };
        const server = await requireServer(context);
        const link = await server.call(usersRoutes.createUserLink, { params });
        await context.output.emit(link, () => `until ${link.expiresAt}, once:\n  ${link.url}\n`);
        return 0;
      }),
    );

  withFields(
    users
      .command("set")
      .description("change a user; --grant and --group are instead of those before")
      .argument("[name]")
      .option("--disable", "end every session and token, and let nobody in by that name")
      .option("--enable", "let that person in again"),
  ).action(
    cli.action<SetOptions>(async (context, { disable, enable, ...options }, [name]) => {
      const body = {
        ...fieldsOf(options),
        ...(disable === true ? { disabled: true } : {}),
        ...(enable === true ? { disabled: false } : {}),
      };
      const params = { user: named(name) };
      if (Object.keys(body).length === 0) {
        throw usage("nothing is to be changed", "see: sluice users set --help");
      }
      const server = await requireServer(context);
      const user = await server.call(usersRoutes.updateUser, { params, body });
      await context.output.emit(user, () => rendered([user]));
      return 0;
    }),
  );

  users
    .command("remove")
    .description("delete a user, with sessions and tokens; jobs and files stay")
    .argument("[name]")
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<{ readonly yes?: boolean }>(async (context, { yes }, [name]) => {
        const user = named(name);
        const server = await requireServer(context);
        const { name: found } = await server.call(usersRoutes.getUser, { params: { user } });
        if (yes !== true) {
          await confirm(context, {
            question: `delete the user ${found}`,
            doing: `deleting the user ${found}`,
            undone: `${found} was not deleted`,
          });
        }
        await server.call(usersRoutes.deleteUser, { params: { user } });
        await context.output.emit({ removed: found }, () => `${found} is deleted\n`);
        return 0;
      }),
    );
};

function withFields(command: Command): Command {
  return command
    .option("--unix-user <name>", "who that is on clusters; missing: nobody")
    .option("--display-name <name>", "as others see it")
    .option("--email <address>", "to write to")
    .option("--grant <grants...>", "role, role:cluster or role:cluster:account")
    .option("--group <names...>", "groups of the site to be in");
}

function named(name: string | undefined): string {
  if (name !== undefined) return name;
  throw usage("which user", "name one, such as: sluice users invite ada");
}

function fieldsOf({ unixUser, displayName, email, grant, group }: UserOptions) {
  return {
    ...(unixUser === undefined ? {} : { unixUser }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(email === undefined ? {} : { email }),
    ...(grant === undefined ? {} : { grants: grant.map(grantOf) }),
    ...(group === undefined ? {} : { groups: [...group] }),
  };
}

/** Errors: `USAGE` for what is no grant. */
function grantOf(text: string): Grant {
  const [word, cluster = "*", account = "*", ...more] = text.split(":");
  const role = ROLES.find((one): one is Role => one === word);
  if (role !== undefined && more.length === 0) return { role, cluster, account };
  throw usage(`${text} is no grant`, `begin with one of ${ROLES.join(", ")}, such as user:demo`);
}

async function allUsers(server: ServerClient, search: string | undefined): Promise<User[]> {
  const found: User[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = {
      limit: PAGE,
      ...(search === undefined ? {} : { search }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const { items, next } = await server.call(usersRoutes.listUsers, { query });
    found.push(...items);
    if (next === undefined) return found;
    cursor = next;
  }
}

function rendered(users: readonly User[]): string {
  const rows = users.map((user) => [
    user.name,
    user.unixUser ?? "-",
    user.source,
    user.disabled ? "disabled" : user.hasPassword || user.source !== "local" ? "active" : "invited",
    [...user.grants, ...user.grantsOfSource].map(shownGrant).join(" ") || "-",
    user.groups.map(harmless).join(",") || "-",
    user.lastSignInAt === undefined ? "never" : shownMinute(user.lastSignInAt),
  ]);
  return table(["NAME", "UNIX USER", "SOURCE", "STATE", "GRANTS", "GROUPS", "LAST SIGN-IN"], rows);
}

function shownGrant({ role, cluster, account }: Grant): string {
  const place = account === "*" ? (cluster === "*" ? [] : [cluster]) : [cluster, account];
  return [role, ...place].join(":");
}
