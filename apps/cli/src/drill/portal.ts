import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type ApiClient,
  authenticationRoutes,
  createClient,
  eventsRoutes,
  homeRoutes,
  jobsRoutes,
  tokensRoutes,
  usersRoutes,
} from "@sluice/api";
import type { SiteRecord } from "@sluice/cloud";
import type { DrillPortal } from "@sluice/lifecycle";
import { isSluiceError, SluiceError } from "@sluice/model";
import { Agent, fetch as undiciFetch } from "undici";

/** People of the site, and how each of them asks it. */
export interface People {
  readonly client: (user: string) => ApiClient;
  /** Whether the client is an administrator's, who does things as somebody else. */
  readonly isStandIn: boolean;
}

/** `fetch` that believes the site's own authority. */
export async function siteFetch({
  resources,
}: Pick<SiteRecord, "resources">): Promise<typeof fetch> {
  const { authority } = resources;
  if (authority === undefined) return fetch;
  const dispatcher = new Agent({ connect: { ca: await readFile(authority, "utf8") } });
  return ((input: string | URL, init?: object) =>
    undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}

/** Makes the first administrator of a new site, and an account for each user. */
export async function newPeople(
  { url, link, ask }: { readonly url: string; readonly link: string; readonly ask: typeof fetch },
  users: readonly string[],
): Promise<People> {
  const at = (token?: string): ApiClient =>
    createClient({
      baseUrl: url,
      fetch: ask,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const password = randomBytes(18).toString("base64url");
  const nobody = at();
  const use = (of: string, name?: string) =>
    nobody.call(authenticationRoutes.useLink, {
      body: { token: of.slice(of.lastIndexOf("/") + 1), password, ...(name && { name }) },
    });
  const signIn = async (name: string): Promise<ApiClient> => {
    const by = { is: "password" as const, name, password };
    const body = { by, token: { name: "drill", expiresInDays: 1 } };
    return at((await nobody.call(authenticationRoutes.signInForToken, { body })).token);
  };
  await use(link, "admin");
  const admin = await signIn("admin");
  const clients = new Map<string, ApiClient>();
  for (const name of users) {
    const body = { name, unixUser: name, grants: [{ role: "user" as const }] };
    const made = await admin.call(usersRoutes.createUser, { body });
    await use(made.link.url);
    clients.set(name, await signIn(name));
  }
  const client = (user: string): ApiClient => clients.get(user) ?? admin;
  return { client, isStandIn: false };
}

/** For a site that has people already: an administrator's token, by which jobs are anybody's. */
export function standIn(url: string, token: string | undefined, ask: typeof fetch): People {
  if (token === undefined) {
    throw new SluiceError("NOT_SIGNED_IN", "user", `no token for ${url} is given`, {
      hint: "make one as an administrator of the site, and set SLUICE_TOKEN to it",
    });
  }
  const headers = { authorization: `Bearer ${token}` };
  const client = createClient({ baseUrl: url, fetch: ask, headers });
  return { client: () => client, isStandIn: true };
}

/** The site's address as its pages use it. */
export function drillPortal({ client, isStandIn }: People): DrillPortal {
  return {
    read: async (user, signal) => void (await client(user).call(homeRoutes.getHome, { signal })),
    write: async (user, signal) => {
      const body = { name: "drill-probe", expiresInDays: 1 };
      const { id } = await client(user).call(tokensRoutes.createToken, { body, signal });
      const revoked = client(user).call(tokensRoutes.revokeToken, {
        params: { token: id },
        signal,
      });
      await revoked.catch((error: unknown) => {
        // It was, and the answer got lost.
        if (!isSluiceError(error) || error.code !== "TOKEN_NOT_FOUND") throw error;
      });
    },
    submit: async ({ cluster, user, name, script, key }, signal) => {
      const { jobId } = await client(user).call(jobsRoutes.submitJob, {
        params: { cluster },
        query: isStandIn ? { as: user } : {},
        body: {
          script,
          options: [`--job-name=${name}`, "--output=/dev/null", "--chdir=/"],
        },
        idempotencyKey: key,
        signal,
      });
      return jobId;
    },
    follow: async (user, signal, onEvent) => {
      const events = client(user).events(eventsRoutes.streamEvents, { query: {}, signal });
      for await (const _ of events) onEvent();
    },
  };
}
