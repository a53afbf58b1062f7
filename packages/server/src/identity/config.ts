import { type Grant, roleSchema } from "@sluice/api";
import { z } from "zod";

const name = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, "lower case letters, digits and hyphens");
const path = z.string().min(1);

const grant = z
  .strictObject({
    Role: roleSchema,
    Cluster: z.string().min(1).max(60).default("*"),
    Account: z.string().min(1).max(60).default("*"),
  })
  .transform(
    ({ Role, Cluster, Account }): Grant => ({ role: Role, cluster: Cluster, account: Account }),
  );

/** What membership in a group of the directory's gives: grants, and the site's own groups. */
const rule = z.strictObject({
  Group: z
    .string()
    .min(1)
    .describe("its name or its whole DN; of OpenID Connect, the claim's value"),
  Grants: z.array(grant).default([]),
  MemberOf: z.array(z.string().min(1).max(60)).default([]),
});
export type GroupRule = z.output<typeof rule>;

const shared = {
  Name: name.refine((text) => text !== "local", "`local` is this server itself"),
  Rules: z.array(rule).default([]),
  /** What everybody gets who can sign in there. */
  DefaultGrants: z.array(grant).default([]),
  CertificateAuthorityFile: path.optional(),
};

function isLoopback(host: string): boolean {
  return /^(localhost|127\.[\d.]+|\[?::1\]?)$/.test(host);
}

const ldap = z
  .strictObject({
    ...shared,
    Url: z.url({ protocol: /^ldaps?$/, hostname: /./ }),
    StartTls: z.boolean().default(false),
    Kind: z.enum(["ldap", "active-directory"]).default("ldap"),
    BindDn: z.string().min(1),
    PasswordFile: path.optional(),
    PasswordEnvironment: z.string().min(1).optional(),
    Users: z.strictObject({
      Base: z.string().min(1),
      Filter: z
        .string()
        .includes("{name}")
        .optional()
        .describe("how a person is found; {name} is what was typed, escaped"),
      NameAttribute: z.string().optional(),
      DisplayNameAttribute: z.string().default("displayName"),
      MailAttribute: z.string().default("mail"),
      UnixUserAttribute: z.string().optional().describe("missing: administrators say who is who"),
    }),
    Groups: z
      .strictObject({
        Base: z.string().min(1),
        Filter: z.string().optional().describe("{dn} and {name} are the person's, escaped"),
        NameAttribute: z.string().default("cn"),
      })
      .optional(),
    TimeoutSeconds: z.number().min(1).max(60).default(5),
  })
  .superRefine((one, context) => {
    const url = new URL(one.Url);
    if (url.protocol === "ldap:" && !one.StartTls && !isLoopback(url.hostname)) {
      context.addIssue({
        code: "custom",
        path: ["Url"],
        message: "passwords would cross the network in clear: use ldaps:// or StartTls: true",
      });
    }
    requireOneSecret(one, "Password", context);
  });
export type LdapConfig = z.output<typeof ldap>;

const oidc = z
  .strictObject({
    ...shared,
    Title: z.string().min(1).optional().describe("on the button"),
    Issuer: z.url({ protocol: /^https?$/ }),
    ClientId: z.string().min(1),
    ClientSecretFile: path.optional(),
    ClientSecretEnvironment: z.string().min(1).optional(),
    Scopes: z.string().default("openid profile email"),
    NameClaim: z.string().default("preferred_username"),
    UnixUserClaim: z.string().optional().describe("missing: administrators say who is who"),
    GroupsClaim: z.string().default("groups"),
  })
  .superRefine((one, context) => {
    const url = new URL(one.Issuer);
    if (url.protocol === "http:" && !isLoopback(url.hostname)) {
      context.addIssue({ code: "custom", path: ["Issuer"], message: "it has to be https://" });
    }
    if (!one.Scopes.split(" ").includes("openid")) {
      context.addIssue({ code: "custom", path: ["Scopes"], message: "openid has to be one" });
    }
    requireOneSecret(one, "ClientSecret", context);
  });
export type OidcConfig = z.output<typeof oidc>;

function requireOneSecret(
  one: Readonly<Record<string, unknown>>,
  key: "Password" | "ClientSecret",
  context: z.RefinementCtx,
): void {
  const given = [`${key}File`, `${key}Environment`].filter((place) => one[place] !== undefined);
  if (given.length === 1) return;
  const message = `either ${key}File or ${key}Environment is wanted`;
  context.addIssue({ code: "custom", path: [`${key}File`], message });
}

/** `Authentication` of the server's file. Every key is in docs/identity.md. */
export const authenticationSchema = z
  .strictObject({
    Sessions: z
      .strictObject({
        IdleMinutes: z.number().int().min(1).max(10_080).default(480),
        HoursAtMost: z.number().int().min(1).max(720).default(72),
      })
      .prefault({}),
    Tokens: z
      .strictObject({
        DaysAtMost: z.number().int().min(1).max(3650).default(365),
        DefaultDays: z.number().int().min(1).max(3650).default(90),
      })
      .prefault({}),
    Lockout: z
      .strictObject({
        FailuresOfName: z.number().int().min(1).max(100).default(5),
        FailuresOfAddress: z.number().int().min(1).max(10_000).default(30),
        SecondsAtMost: z.number().int().min(1).max(86_400).default(900),
      })
      .prefault({}),
    Ldap: z.array(ldap).default([]),
    Oidc: z.array(oidc).default([]),
  })
  .superRefine(({ Ldap, Oidc }, context) => {
    const names = [...Ldap, ...Oidc].map(({ Name }) => Name);
    const twice = names.find((one, index) => names.indexOf(one) !== index);
    if (twice === undefined) return;
    context.addIssue({ code: "custom", path: ["Oidc"], message: `two are called ${twice}` });
  });
export type AuthenticationConfig = z.output<typeof authenticationSchema>;
