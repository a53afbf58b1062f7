import { createServer, type Server } from "node:http";
import { Provider } from "oidc-provider";

export const CLIENT = { ClientId: "sluice", secret: "client-secret" };

/** People of the provider by their `sub`. */
const PEOPLE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "sub-ada": {
    preferred_username: "ada",
    name: "Ada L.",
    email: "ada@example.com",
    groups: ["hpc"],
    unix: "ada",
  },
  "sub-mal": { preferred_username: "mal", name: "Mal", groups: ["HPC"], unix: "root" },
};

/** A real OpenID Connect provider on loopback that wants PKCE. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  /** What a person's browser does there. @returns where it is led at the end. */
  visit(location: string, login: string): Promise<URL>;
}

/** @param redirectUri of the one client that it knows. */
export async function startProvider(redirectUri: string): Promise<TestProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const issuer = `http://127.0.0.1:${address.port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.ClientId,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    pkce: { required: () => true },
    scopes: ["openid", "profile", "email"],
    claims: {
      openid: ["sub"],
      profile: ["preferred_username", "name", "groups", "unix"],
      email: ["email"],
    },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    cookies: { keys: ["of this test"] },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...PEOPLE[sub] }),
    }),
  });
  server.on("request", provider.callback());
  return {
    issuer,
    visit: (location, login) => visit(new URL(location), login),
    [Symbol.asyncDispose]: () => close(server),
  };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Follows redirects, keeps cookies, and fills in the forms for login and consent. */
async function visit(start: URL, login: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let step = 0; step < 15; step += 1) {
    const isForm = url.pathname.startsWith("/interaction/");
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    let response = await fetch(url, { redirect: "manual", headers: { cookie } });
    if (isForm) {
      const prompt = (await response.text()).includes('value="login"') ? "login" : "consent";
      const body = new URLSearchParams({ prompt, login, password: "any" });
      const headers = { cookie };
      response = await fetch(url, { method: "POST", redirect: "manual", headers, body });
    }
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null)
      throw new Error(`${url.href}: ${response.status} ${await response.text()}`);
    url = new URL(location, url);
    if (url.origin !== start.origin) return url;
  }
  throw new Error("the provider leads in circles");
}
