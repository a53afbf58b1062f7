import { join } from "node:path";
import {
  MACHINE_SECRETS,
  SITE_DATABASE_PORT,
  SITE_DATABASES,
  SITE_LAYOUT,
  SITE_SECRETS,
  SITE_SERVER_PORT,
  type SiteIdentity,
} from "@sluice/boot";
import { SluiceError } from "@sluice/model";
import { parse, stringify } from "yaml";

const secret = (name: string): string => join(SITE_LAYOUT.secrets, name);

/** Keys of the server's file that the site decides. */
const DECIDED = [
  "Listen",
  "PublicUrl",
  "TrustedProxies",
  "Database",
  "Clusters",
  "Site",
  "Failover",
] as const;

/**
 * The file of a site's server: what the site decides, and what its own file says beside.
 *
 * @throws SluiceError `SITE_SERVER_FILE` when that says what the site decides.
 */
export function siteServerFile(identity: SiteIdentity): string {
  const own = ownPart(identity.serverFile);
  const { server } = SITE_DATABASES;
  const { failover, provider, region } = identity;
  return stringify({
    ...own,
    Listen: {
      Address: identity.address,
      Port: SITE_SERVER_PORT,
      Tls: {
        CertificateFile: secret(MACHINE_SECRETS.certificate),
        KeyFile: secret(MACHINE_SECRETS.key),
      },
    },
    PublicUrl: identity.publicUrl,
    TrustedProxies: identity.trustedProxies,
    Database: {
      Host: identity.databaseAddress,
      Port: identity.database?.port ?? SITE_DATABASE_PORT,
      User: server.user,
      Name: server.database,
      PasswordFile: secret(SITE_SECRETS.serverPassword),
      CertificateAuthorityFile: secret(SITE_SECRETS.authority),
    },
    Clusters: {
      Providers: [{ Provider: provider, ...(region === undefined ? {} : { Region: region }) }],
    },
    Site: { Name: identity.site },
    ...(failover === undefined
      ? {}
      : {
          Failover: {
            ResubmitPending: failover.resubmitPending,
            AfterSeconds: failover.afterSeconds,
          },
        }),
    Triggers: {
      ...(own.Triggers as object | undefined),
      SiteKeyFile: secret(SITE_SECRETS.siteKey),
    },
  });
}

function ownPart(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  const own = (parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  const decided = DECIDED.find((key) => key in own);
  if (decided === undefined) return own;
  throw new SluiceError(
    "SITE_SERVER_FILE",
    "user",
    `the file of the site's servers says ${decided}, which the site decides`,
    { hint: `remove ${decided} from that file` },
  );
}
