import { authenticationRoutes, userNameSchema } from "@sluice/api";
import { isSluiceError, SluiceError } from "@sluice/model";
import type { FastifyRequest } from "fastify";
import type { Audit } from "../audit/contract.ts";
import { notAuthenticated } from "../http/access.ts";
import { type Call, type Implementation, implement } from "../http/handler.ts";
import type { Identity } from "../identity/identity.ts";
import type { Destination } from "../identity/oidc-flows.ts";
import type { Principal } from "../identity/principal.ts";
import type { SignedIn, Visitor } from "../identity/sign-ins.ts";

export interface AuthenticationParts {
  readonly identity: Identity;
  readonly audit: Audit;
}

export function authenticationImplementations(
  parts: AuthenticationParts,
): readonly Implementation[] {
  const { signIns } = parts.identity;
  return [
    implement(authenticationRoutes.listSignInProviders, () => signIns.ways()),

    implement(authenticationRoutes.signIn, async (call) => {
      call.audit.target(typedUser(call.body.name));
      return welcome(call, await signIns.byPassword(visitorOf(call), call.body));
    }),

    implement(authenticationRoutes.getSession, async (call) =>
      signIns.me(visitorOf(call), signedIn(call)),
    ),

    implement(authenticationRoutes.signOut, async (call) => {
      const everywhere = call.query.everywhere === "true";
      call.audit.detail({ everywhere });
      call.reply.header(
        "set-cookie",
        await signIns.signOut(visitorOf(call), call.principal, everywhere),
      );
    }),

    implement(authenticationRoutes.changePassword, async (call) => {
      const principal = signedIn(call);
      if (principal.via !== "session") throw sessionWanted();
      await signIns.changePassword(visitorOf(call), principal, call.body);
    }),

    implement(authenticationRoutes.signInForToken, async (call) => {
      const { by, token } = call.body;
      call.audit.target(by.is === "password" ? typedUser(by.name) : `token ${token.name}`);
      const created = await signIns.forToken(visitorOf(call), by, token);
      call.audit.detail({ user: created.user, token: created.id });
      return created;
    }),

    implement(authenticationRoutes.startOidc, async (call) => {
      const { location, setCookie } = await signIns.beginOidc(
        call.params.provider,
        destinationOf(call.query),
      );
      call.reply.header("set-cookie", setCookie).header("location", location);
    }),

    implement(authenticationRoutes.finishOidc, async (call) => {
      const { provider } = call.params;
      const { url } = call.request;
      const search = url.includes("?") ? url.slice(url.indexOf("?")) : "";
      const tell = (result: "done" | "refused" | "failed", target: string) =>
        parts.audit.write({
          principal: undefined,
          action: authenticationRoutes.finishOidc.id,
          target,
          from: call.request.ip,
          requestId: call.request.id,
          result,
          detail: { provider },
        });
      try {
        const { location, setCookies, user } = await signIns.finishOidc(
          visitorOf(call),
          provider,
          search,
        );
        await tell("done", `user ${user.name}`);
        call.reply.header("set-cookie", [...setCookies]).header("location", location);
      } catch (error) {
        await tell(isSluiceError(error) ? "refused" : "failed", "");
        throw error;
      }
    }),

    implement(authenticationRoutes.showLink, async ({ body }) => {
      const { purpose, name, expiresAt } = await signIns.showLink(body.token);
      return {
        purpose,
        ...(name === undefined ? {} : { name }),
        expiresAt: expiresAt.toISOString(),
      };
    }),

    implement(authenticationRoutes.useLink, async (call) =>
      welcome(call, await signIns.useLink(visitorOf(call), call.body)),
    ),
  ];
}

function visitorOf({ request }: { readonly request: FastifyRequest }): Visitor {
  return { headers: request.headers, address: request.ip };
}

/** Of routes that are open, since they tell themselves who may not. Errors: `NOT_AUTHENTICATED`. */
export function signedIn({ principal }: { readonly principal: Principal | undefined }): Principal {
  if (principal === undefined) throw notAuthenticated();
  return principal;
}

/** Where a name belongs people type passwords too: what can be no name is not written down. */
function typedUser(name: string): string {
  return userNameSchema.safeParse(name.trim().toLowerCase()).success ? `user ${name}` : "user ?";
}

/** From here on the request is that person's, also in the audit log. */
function welcome(
  { reply, request, audit }: Pick<Call<never>, "reply" | "request" | "audit">,
  { principal, setCookie, me }: SignedIn,
) {
  request.principal = principal;
  audit.detail({ user: me.name });
  reply.header("set-cookie", setCookie);
  return me;
}

interface DestinationQuery {
  readonly returnTo?: string | undefined;
  readonly port?: number | undefined;
  readonly challenge?: string | undefined;
  readonly state?: string | undefined;
}

/** Errors: `REQUEST_INVALID` for half of what a program needs, and for a path that leads away. */
function destinationOf({ returnTo = "/", port, challenge, state }: DestinationQuery): Destination {
  if (port !== undefined && challenge !== undefined && state !== undefined) {
    return { is: "program", port, challenge, state };
  }
  if (port !== undefined || challenge !== undefined || state !== undefined) {
    throw invalid("a program sends port, challenge and state together");
  }
  // Browsers take `//host` and `/\host` for other sites, and leave tabs and newlines out.
  if (/^\/(?![/\\])[\x21-\x7e]*$/.test(returnTo)) return { is: "browser", returnTo };
  throw invalid("returnTo is no path of this server");
}

function invalid(message: string): SluiceError {
  return new SluiceError("REQUEST_INVALID", "user", message);
}

function sessionWanted(): SluiceError {
  return new SluiceError("NOT_ALLOWED", "user", "a token can't change its owner's password", {
    hint: "sign in with the password",
  });
}
