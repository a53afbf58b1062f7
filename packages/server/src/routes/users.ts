import { usersRoutes } from "@sluice/api";
import { type Implementation, implement } from "../http/handler.ts";
import type { Identity } from "../identity/identity.ts";

export interface UsersParts {
  readonly identity: Identity;
}

export function usersImplementations({ identity }: UsersParts): readonly Implementation[] {
  const { users, groups, signIns } = identity;
  return [
    implement(usersRoutes.listUsers, ({ query }) => users.list(query)),

    implement(usersRoutes.createUser, async ({ body, audit }) => {
      audit.target(`user ${body.name}`);
      audit.detail(body);
      const user = await users.create(body);
      return { user, link: await signIns.linkFor(user.id) };
    }),

    implement(usersRoutes.getUser, ({ params }) => users.get(params.user)),

    implement(usersRoutes.updateUser, async ({ params, body, audit }) => {
      audit.target(`user ${params.user}`);
      audit.detail(body);
      return users.update(params.user, body);
    }),

    implement(usersRoutes.deleteUser, async ({ params, audit }) => {
      audit.target(`user ${params.user}`);
      const { id, name } = await users.remove(params.user);
      audit.detail({ id, name });
    }),

    implement(usersRoutes.createUserLink, async ({ params, audit }) => {
      audit.target(`user ${params.user}`);
      return signIns.linkFor(params.user);
    }),

    implement(usersRoutes.endUserSessions, async ({ params, audit }) => {
      audit.target(`user ${params.user}`);
      await signIns.endSessions(params.user);
    }),

    implement(usersRoutes.listGroups, async () => ({ items: await groups.list() })),

    implement(usersRoutes.createGroup, async ({ body, audit }) => {
      audit.target(`group ${body.name}`);
      audit.detail(body);
      return groups.create(body);
    }),

    implement(usersRoutes.updateGroup, async ({ params, body, audit }) => {
      audit.target(`group ${params.group}`);
      audit.detail(body);
      return groups.update(params.group, body);
    }),

    implement(usersRoutes.deleteGroup, async ({ params, audit }) => {
      audit.target(`group ${params.group}`);
      await groups.remove(params.group);
    }),
  ];
}
