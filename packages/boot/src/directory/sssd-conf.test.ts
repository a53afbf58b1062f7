import type { ClusterConfig } from "@sluice/model";
import { expect, it } from "vitest";
import { sssdConf } from "./sssd-conf.ts";

const directory: NonNullable<ClusterConfig["DirectoryService"]> = {
  DomainName: "corp.example.com",
  DomainAddr: "ldaps://a.corp.example.com, b.corp.example.com",
  PasswordSecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:reader",
  DomainReadOnlyUser: "cn=reader,dc=corp,dc=example,dc=com",
  LdapTlsReqCert: "hard",
  GenerateSshKeysForUsers: true,
  AdditionalSssdConfigs: {},
};

it("asks the directory as the cluster file says, readable by root alone", () => {
  const { mode, content } = sssdConf(directory, "s3 cret=#");
  expect(mode).toBe(0o600);
  for (const line of [
    "ldap_uri = ldaps://a.corp.example.com,ldaps://b.corp.example.com",
    "ldap_search_base = dc=corp,dc=example,dc=com",
    "ldap_default_bind_dn = cn=reader,dc=corp,dc=example,dc=com",
    "ldap_default_authtok = s3 cret=#",
    "ldap_tls_reqcert = hard",
  ]) {
    expect(String(content).split("\n")).toContain(line);
  }
  expect(content).not.toContain("ldap_access_filter");
});

it("lets the cluster file's own settings win, and filters who may log in", () => {
  const { content } = sssdConf(
    {
      ...directory,
      LdapAccessFilter: "memberOf=cn=hpc",
      AdditionalSssdConfigs: { ldap_schema: "rfc2307", debug_level: 6 },
    },
    "x",
  );
  expect(content).toContain("ldap_schema = rfc2307\n");
  expect(content).not.toContain("ldap_schema = AD");
  expect(content).toContain("access_provider = ldap\nldap_access_filter = memberOf=cn=hpc\n");
  expect(content).toContain("debug_level = 6\n");
});

it("takes nothing of several lines, and never says the password", () => {
  for (const [more, password] of [
    [{}, "two\nid_provider = files"],
    [{ AdditionalSssdConfigs: { "a = b\nc": "d" } }, "x"],
    [{ DomainReadOnlyUser: "cn=a\n[domain/other]" }, "x"],
  ] as const) {
    const attempt = () => sssdConf({ ...directory, ...more }, password);
    expect(attempt).toThrow(expect.objectContaining({ code: "SETTING_UNSAFE" }));
    expect(attempt).not.toThrow("id_provider = files");
  }
});
