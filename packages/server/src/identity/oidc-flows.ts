import type { Database } from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import type { Random } from "../deps.ts";
import type { OidcSecrets } from "./oidc.ts";
import { hashOf, isSame, newSecret } from "./secrets.ts";

const FLOW_MS = 10 * 60_000;
const CODE_MS = 60_000;

/** Where a sign-in by a provider ends: in the browser, or in a program on the same machine. */
export type Destination =
  | { readonly is: "browser"; readonly returnTo: string }
  | {
      readonly is: "program";
      readonly port: number;
      readonly challenge: string;
      readonly state: string;
    };

interface Flow {
  readonly secrets: OidcSecrets;
  readonly destination: Destination;
}

/** Sign-ins that are at a provider's, and codes for programs: each is taken once. */
export interface OidcFlows {
  keep(flow: Flow & { readonly provider: string; readonly browser: string }): Promise<void>;
  /** Errors: `OIDC_REFUSED` unless this browser began it, with this provider, minutes ago, once. */
  take(of: {
    readonly provider: string;
    readonly state: string;
    readonly browser: string | undefined;
  }): Promise<Flow>;
  /** What the program exchanges for a token. */
  newCode(userId: string, challenge: string): Promise<string>;
  /** Errors: `OIDC_REFUSED`. @returns whose it is. */
  takeCode(code: string, challenge: string): Promise<string>;
}

interface OidcFlowsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function createOidcFlows({ database, clock, random }: OidcFlowsDeps): OidcFlows {
  const later = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds);
  return {
    keep: async ({ provider, browser, secrets, destination }) => {
      await database.deleteFrom("oidc_flows").where("expires_at", "<", clock.now()).execute();
      await database
        .insertInto("oidc_flows")
        .values({
          state_hash: hashOf(secrets.state),
          provider,
          nonce: secrets.nonce,
          verifier: secrets.verifier,
          browser_hash: hashOf(browser),
          destination: JSON.stringify(destination),
          expires_at: later(FLOW_MS),
        })
        .execute();
    },

    take: async ({ provider, state, browser }) => {
      const state_hash = hashOf(state);
      const row = await database
        .selectFrom("oidc_flows")
        .selectAll()
        .where("state_hash", "=", state_hash)
        .where("expires_at", ">", clock.now())
        .executeTakeFirst();
      // Somebody else's browser does not use it up.
      const isTheirs =
        row !== undefined &&
        row.provider === provider &&
        browser !== undefined &&
        isSame(hashOf(browser), row.browser_hash);
      if (!isTheirs) throw notBegun();
      const { numDeletedRows } = await database
        .deleteFrom("oidc_flows")
        .where("state_hash", "=", state_hash)
        .executeTakeFirst();
      if (numDeletedRows !== 1n) throw notBegun();
      return {
        secrets: { state, nonce: row.nonce, verifier: row.verifier },
        destination: JSON.parse(row.destination) as Destination,
      };
    },

    newCode: async (userId, challenge) => {
      await database.deleteFrom("sign_in_codes").where("expires_at", "<", clock.now()).execute();
      const code = newSecret(random);
      const row = {
        code_hash: hashOf(code),
        user_id: userId,
        challenge,
        expires_at: later(CODE_MS),
      };
      await database.insertInto("sign_in_codes").values(row).execute();
      return code;
    },

    takeCode: async (code, challenge) => {
      const row = await database
        .selectFrom("sign_in_codes")
        .selectAll()
        .where("code_hash", "=", hashOf(code))
        .where("expires_at", ">", clock.now())
        .executeTakeFirst();
      // Used up by whoever has it, right or not: nobody may try verifiers.
      const { numDeletedRows } = await database
        .deleteFrom("sign_in_codes")
        .where("code_hash", "=", hashOf(code))
        .executeTakeFirst();
      if (row === undefined || numDeletedRows !== 1n || !isSame(row.challenge, challenge)) {
        throw notBegun();
      }
      return row.user_id;
    },
  };
}

function notBegun(): SluiceError {
  return new SluiceError("OIDC_REFUSED", "user", "this sign-in was not begun here, or is over", {
    hint: "begin again",
  });
}
