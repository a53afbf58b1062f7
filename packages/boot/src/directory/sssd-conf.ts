import { type ClusterConfig, SluiceError } from "@sluice/model";
import type { MachineFile } from "../head/units.ts";

type Directory = NonNullable<ClusterConfig["DirectoryService"]>;

/**
 * How SSSD asks the directory. `AdditionalSssdConfigs` win over what is set here.
 *
 * @throws SluiceError `SETTING_UNSAFE` for a value of more than one line.
 */
export function sssdConf(directory: Directory, password: string): MachineFile {
  const { DomainName, DomainAddr, DomainReadOnlyUser, LdapTlsReqCert } = directory;
  const { LdapTlsCaCert, LdapAccessFilter, AdditionalSssdConfigs } = directory;
  const domain: Readonly<Record<string, unknown>> = {
    id_provider: "ldap",
    ldap_schema: "AD",
    ldap_uri: DomainAddr.split(",").map(uriOf).join(","),
    ldap_search_base: searchBase(DomainName),
    ldap_default_bind_dn: DomainReadOnlyUser,
    ldap_default_authtok: password,
    ldap_tls_reqcert: LdapTlsReqCert,
    ldap_id_mapping: "True",
    ldap_referrals: "False",
    cache_credentials: "True",
    use_fully_qualified_names: "False",
    fallback_homedir: "/home/%u",
    default_shell: "/bin/bash",
    ...(LdapTlsCaCert === undefined ? {} : { ldap_tls_cacert: LdapTlsCaCert }),
    ...(LdapAccessFilter === undefined
      ? {}
      : { access_provider: "ldap", ldap_access_filter: LdapAccessFilter }),
    ...AdditionalSssdConfigs,
  };
  const content = [
    "[sssd]",
    "config_file_version = 2",
    "services = nss, pam",
    "domains = default",
    "",
    "[nss]",
    "filter_users = root,slurm,munge,nobody",
    "",
    "[domain/default]",
    ...Object.entries(domain).map(([key, value]) => setting(key, value)),
    "",
  ].join("\n");
  return { path: "/etc/sssd/sssd.conf", mode: 0o600, content };
}

function setting(key: string, value: unknown): string {
  // A setting may be the password, so that no message says it.
  if (!/^[A-Za-z0-9_]+$/.test(key) || /[\r\n\0]/.test(String(value))) {
    throw new SluiceError(
      "SETTING_UNSAFE",
      "user",
      `${JSON.stringify(key)} can't be set in sssd.conf: it is no setting's name, or its value has several lines`,
      { hint: "see DirectoryService in the cluster file" },
    );
  }
  return `${key} = ${value}`;
}

function uriOf(address: string): string {
  const text = address.trim();
  return text.includes("://") ? text : `ldaps://${text}`;
}

/** `corp.example.com` is `dc=corp,dc=example,dc=com`. */
function searchBase(domain: string): string {
  if (domain.includes("=")) return domain;
  return domain
    .split(".")
    .map((part) => `dc=${part}`)
    .join(",");
}
