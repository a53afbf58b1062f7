import { isAtLeast, tokensRoutes } from "@sluice/api";
import { SluiceError } from "@sluice/model";
import { type Implementation, implement } from "../http/handler.ts";
import type { Identity } from "../identity/identity.ts";
import { type Principal, roleOf } from "../identity/principal.ts";
import { signedIn } from "./authentication.ts";

export interface TokensParts {
  readonly identity: Identity;
}

export function tokensImplementations({ identity }: TokensParts): readonly Implementation[] {
  const { tokens, users } = identity;
  return [
    implement(tokensRoutes.listTokens, async ({ principal, query }) => {
      const isOwn = query.user === undefined || query.user === principal.name;
      if (!isOwn && !isAdministrator(principal)) throw notYours();
      const owner = isOwn ? principal : await users.get(query.user ?? "");
      return { items: [...(await tokens.list(owner))] };
    }),

    implement(tokensRoutes.createToken, async ({ principal, body, audit }) => {
      const by = principal.via === "token" ? principal.credentialId : undefined;
      const created = await tokens.create(principal, body, by);
      audit.target(`token ${created.id}`);
      audit.detail({
        name: created.name,
        scopes: created.scopes,
        clusters: created.clusters,
        expiresAt: created.expiresAt,
      });
      return created;
    }),

    implement(tokensRoutes.revokeToken, async (call) => {
      const principal = signedIn(call);
      const isThis = call.params.token === "this" || call.params.token === principal.credentialId;
      const id = isThis ? principal.credentialId : call.params.token;
      call.audit.target(`token ${id}`);
      const mayOthers = principal.scopes === undefined || principal.scopes.has("tokens:write");
      if (!isThis && !mayOthers) throw scopeMissing();
      await tokens.revoke(id, isAdministrator(principal) ? undefined : principal.id);
    }),
  ];
}

function isAdministrator(principal: Principal): boolean {
  return isAtLeast(roleOf(principal, {}) ?? "read-only", "administrator");
}

function notYours(): SluiceError {
  return new SluiceError("NOT_ALLOWED", "user", "this needs the role administrator", {
    hint: "ask an administrator of the site for it",
  });
}

function scopeMissing(): SluiceError {
  return new SluiceError("SCOPE_MISSING", "user", "this token was not made for tokens:write", {
    hint: "make another token with that scope",
  });
}
