import { type Grant, isAtLeast, type Role, type Scope } from "@sluice/api";

/** Who asks, once it is known. */
export interface Principal {
  /** Of the account, for ever. */
  readonly id: string;
  /** What the person signs in with. */
  readonly name: string;
  /** Who this is on clusters; undefined: nobody, and nothing there can be done. */
  readonly unixUser: string | undefined;
  readonly grants: readonly Grant[];
  /** Names of the site's groups that this person is in. */
  readonly groups: readonly string[];
  /** Missing: of a session, which may do all that its person may. */
  readonly scopes?: ReadonlySet<Scope>;
  readonly via: "session" | "token" | "one-time-link";
  /** Of the session or the token, for the audit log. */
  readonly credentialId: string;
  /** The database is away, and this is who it was some minutes ago: for reading only. */
  readonly isRemembered?: true;
}

/** Who somebody is, however that is known. */
export type Person = Pick<Principal, "id" | "name" | "unixUser" | "grants" | "groups">;

/** The most that this principal is, on this cluster or on the site; undefined: nothing. */
export function roleOf(
  { grants }: Pick<Principal, "grants">,
  place: { readonly cluster?: string; readonly account?: string },
): Role | undefined {
  const held = grants.filter(
    ({ cluster, account }) =>
      (cluster === "*" || cluster === place.cluster) &&
      (account === "*" || account === place.account),
  );
  return held
    .map(({ role }) => role)
    .reduce<Role | undefined>(
      (most, role) => (most === undefined || isAtLeast(role, most) ? role : most),
      undefined,
    );
}
