import { readFile } from "node:fs/promises";
import { SluiceError } from "@sluice/model";
import * as oidc from "openid-client";
import { Agent, fetch as undiciFetch } from "undici";
import type { OidcConfig } from "./config.ts";
import type { ExternalPerson } from "./external.ts";
import { readSecret } from "./secrets.ts";

const TIMEOUT_SECONDS = 10;

/** What has to be kept while a person is at the provider's. */
export interface OidcSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** One OpenID Connect provider: authorization code with PKCE, state and nonce. */
export interface OidcProvider {
  readonly config: OidcConfig;
  /** Where the browser is led. Errors: `OIDC_UNREACHABLE`. */
  begin(): Promise<OidcSecrets & { readonly url: URL }>;
  /**
   * Who came back.
   *
   * @param current the whole address that the browser was led back to.
   *
   * Errors: `OIDC_REFUSED` when anything does not fit, `OIDC_UNREACHABLE`.
   */
  finish(current: URL, secrets: OidcSecrets): Promise<ExternalPerson>;
  /** Errors: those of `begin`. */
  check(): Promise<void>;
}

export function createOidcProvider(
  config: OidcConfig,
  redirectUri: string,
  env: Readonly<Record<string, string | undefined>>,
): OidcProvider {
  let discovered: Promise<oidc.Configuration> | undefined;
  const provider = async (): Promise<oidc.Configuration> => {
    discovered ??= discover(config, env);
    try {
      return await discovered;
    } catch (error) {
      discovered = undefined;
      throw unreachable(config, error);
    }
  };
  return {
    config,

    begin: async () => {
      const found = await provider();
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      const verifier = oidc.randomPKCECodeVerifier();
      const url = oidc.buildAuthorizationUrl(found, {
        redirect_uri: redirectUri,
        scope: config.Scopes,
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      return { state, nonce, verifier, url };
    },

    finish: async (current, { state, nonce, verifier }) => {
      const found = await provider();
      try {
        const answer = await oidc.authorizationCodeGrant(found, current, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const claims = answer.claims();
        if (claims === undefined) throw new Error("there is no ID token");
        const more =
          found.serverMetadata().userinfo_endpoint === undefined
            ? {}
            : await oidc.fetchUserInfo(found, answer.access_token, claims.sub);
        return personOf(config, { ...more, ...claims });
      } catch (error) {
        throw refused(config, error);
      }
    },

    check: async () => {
      await provider();
    },
  };
}

async function discover(
  config: OidcConfig,
  env: Readonly<Record<string, string | undefined>>,
): Promise<oidc.Configuration> {
  const place = { file: config.ClientSecretFile, environment: config.ClientSecretEnvironment };
  const secret = await readSecret(place, env);
  const isPlain = config.Issuer.startsWith("http:");
  const ask = await fetchFor(config);
  return oidc.discovery(
    new URL(config.Issuer),
    config.ClientId,
    undefined,
    oidc.ClientSecretBasic(secret),
    {
      timeout: TIMEOUT_SECONDS,
      ...(isPlain ? { execute: [oidc.allowInsecureRequests] } : {}),
      ...(ask === undefined ? {} : { [oidc.customFetch]: ask }),
    },
  );
}

async function fetchFor({
  CertificateAuthorityFile: file,
}: OidcConfig): Promise<oidc.CustomFetch | undefined> {
  if (file === undefined) return undefined;
  const dispatcher = new Agent({ connect: { ca: await readFile(file, "utf8") } });
  return ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as oidc.CustomFetch;
}

function personOf(config: OidcConfig, claims: Readonly<Record<string, unknown>>): ExternalPerson {
  const text = (claim: string): string | undefined => {
    const value = claims[claim];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const groups = claims[config.GroupsClaim];
  const { UnixUserClaim } = config;
  const name = text(config.NameClaim);
  const sub = text("sub");
  if (name === undefined || sub === undefined) {
    throw new Error(`the provider does not tell the claim ${config.NameClaim}`);
  }
  return {
    externalId: sub,
    names: [name],
    displayName: text("name"),
    email: text("email"),
    unixUser: UnixUserClaim === undefined ? null : text(UnixUserClaim),
    isIn: (group) => Array.isArray(groups) && groups.includes(group),
  };
}

/** Says to strangers no more than that: where and why is in the cause. */
function unreachable({ Name }: OidcConfig, cause: unknown): SluiceError {
  return new SluiceError(
    "OIDC_UNREACHABLE",
    "system",
    `the provider ${Name} can't be asked at the moment`,
    { hint: "try again later; who is signed in stays so", cause },
  );
}

function refused({ Name }: OidcConfig, cause: unknown): SluiceError {
  return new SluiceError("OIDC_REFUSED", "user", `signing in with ${Name} did not work`, {
    hint: "begin again; if it does not help, ask the administrator",
    cause,
  });
}
