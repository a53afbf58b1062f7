import type { ColumnType } from "kysely";

/** `TINYINT(1)`. */
type Flag = ColumnType<number, boolean | number, boolean | number>;

export interface IdentityTables {
  readonly users: UsersTable;
  readonly user_grants: UserGrantsTable;
  /** Whom their directory does not have any more. */
  readonly absent_people: { user_id: string; since: Date };
  readonly site_groups: GroupsTable;
  readonly group_grants: GroupGrantsTable;
  readonly group_members: GroupMembersTable;
  readonly sessions: SessionsTable;
  readonly tokens: TokensTable;
  readonly one_time_links: LinksTable;
  readonly sign_in_failures: FailuresTable;
  readonly oidc_flows: OidcFlowsTable;
  readonly sign_in_codes: SignInCodesTable;
  /** One row: whoever changes who is administrator holds it. */
  readonly identity_lock: { id: number };
  readonly audit_log: AuditTable;
  /** One row: the end of the chain. */
  readonly audit_head: { id: number; sequence: number; hash: string };
}

interface UsersTable {
  id: string;
  /** What one signs in with, in lower case. */
  name: string;
  /** `local`, or the configured name of a directory or provider. */
  source: string;
  /** Of the person at that source, never used again for another. */
  external_id: string | null;
  display_name: string | null;
  email: string | null;
  unix_user: string | null;
  password_hash: string | null;
  disabled: Flag;
  created_at: Date;
  last_sign_in_at: Date | null;
}

interface UserGrantsTable {
  user_id: string;
  role: string;
  cluster: string;
  account: string;
  /** `given` here, or by the person's `source` at the last sign-in. */
  origin: "given" | "source";
}

interface GroupsTable {
  id: string;
  name: string;
  description: string;
  created_at: Date;
}

interface GroupGrantsTable {
  group_id: string;
  role: string;
  cluster: string;
  account: string;
}

interface GroupMembersTable {
  group_id: string;
  user_id: string;
  origin: "given" | "source";
}

interface SessionsTable {
  id: string;
  secret_hash: string;
  user_id: string;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  address: string;
}

interface TokensTable {
  id: string;
  secret_hash: string;
  user_id: string;
  /** The token that it was asked for with. */
  parent_id: string | null;
  name: string;
  /** JSON: names of scopes. */
  scopes: string;
  /** JSON: names of clusters; null: all. */
  clusters: string | null;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
}

interface LinksTable {
  id: string;
  secret_hash: string;
  /** Null for the first administrator's. */
  user_id: string | null;
  purpose: "first" | "invite" | "reset";
  expires_at: Date;
  used_at: Date | null;
}

interface FailuresTable {
  /** `name NAME` or `address ADDRESS`, hashed: what is typed as a name may be a password. */
  subject: string;
  failures: number;
  last_at: Date;
  locked_until: Date;
}

interface OidcFlowsTable {
  state_hash: string;
  provider: string;
  nonce: string;
  verifier: string;
  /** Of the cookie of the browser that began it. */
  browser_hash: string;
  /** JSON: where it ends. */
  destination: string;
  expires_at: Date;
}

interface SignInCodesTable {
  code_hash: string;
  user_id: string;
  challenge: string;
  expires_at: Date;
}

interface AuditTable {
  sequence: number;
  time: Date;
  user_id: string | null;
  user_name: string | null;
  via: string | null;
  credential_id: string | null;
  acting_as: string | null;
  action: string;
  target: string;
  address: string;
  request_id: string;
  result: string;
  /** JSON. */
  detail: string | null;
  /** SHA-256 over the hash before and this record. */
  hash: string;
}
