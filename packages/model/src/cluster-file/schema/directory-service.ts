import { z } from "zod";
import type { UpdatePolicy } from "./meta.ts";
import { CLOUDS } from "./values.ts";

const update: UpdatePolicy = "COMPUTE_AND_LOGIN_NODES_STOP";

export const directoryServiceSchema = z
  .strictObject({
    DomainName: z.string().min(1).meta({
      description: "The domain, as a name or as an LDAP search base.",
      update,
      expects: 'a domain such as "corp.example.com" or "dc=corp,dc=example,dc=com"',
    }),
    DomainAddr: z.string().min(1).meta({
      description: "Addresses of the directory servers, separated by commas.",
      update,
      expects: 'an address such as "ldaps://corp.example.com"',
    }),
    PasswordSecretArn: z
      .string()
      .regex(/^arn:.*:(secretsmanager:.*:.*:secret:|ssm:.*:.*:parameter\/).*$/)
      .meta({
        description: "Secret or parameter with the password of DomainReadOnlyUser.",
        update,
        expects: "the ARN of a secret in Secrets Manager or of a parameter in SSM",
      }),
    DomainReadOnlyUser: z.string().min(1).meta({
      description: "Who asks the directory, as a distinguished name.",
      update,
      expects: 'a name such as "cn=reader,ou=users,dc=corp,dc=example,dc=com"',
    }),
    LdapTlsCaCert: z.string().min(1).optional().meta({
      description: "File on the machines with the certificates that vouch for the servers.",
      update,
    }),
    LdapTlsReqCert: z.enum(["never", "allow", "try", "demand", "hard"]).default("hard").meta({
      description: "How strictly the servers' certificates are checked.",
      update,
    }),
    LdapAccessFilter: z.string().min(1).optional().meta({
      description: "LDAP filter of those who may log in.",
      update,
      defaultText: "everyone in the directory",
    }),
    GenerateSshKeysForUsers: z.boolean().default(true).meta({
      description: "Whether users get an SSH key at their first login.",
      update,
      noEffect: "no keys are made",
    }),
    AdditionalSssdConfigs: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .meta({
        description: "Further settings of SSSD's domain section.",
        update,
        expects: "settings as `key: value`",
      }),
  })
  .optional()
  .meta({
    description: "Users from an Active Directory or LDAP server.",
    update,
    providers: CLOUDS,
  });
