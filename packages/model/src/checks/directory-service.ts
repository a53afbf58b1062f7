import type { DraftFile } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { providerOf } from "./provider.ts";

const SECTION = "DirectoryService";
const NO_TLS = "ldap_auth_disable_tls_never_use_in_production";

function sectionOf(file: DraftFile) {
  // There it has no effect, which another check says.
  return providerOf(file) === "local" ? undefined : (file.DirectoryService ?? undefined);
}

/** A host name, or the search base of LDAP. */
export function* directoryDomain(file: DraftFile): Generator<Problem> {
  const name = sectionOf(file)?.DomainName;
  if (typeof name !== "string") return;
  if (/^[\w-]+(\.[\w-]+)*$/.test(name) || /^dc=[\w-]+(,dc=[\w-]+)*$/i.test(name)) return;
  const message = `${showValue(name)} is neither the name of a domain nor the search base of one`;
  const suggestion = 'write a name such as "corp.example.com" or "dc=corp,dc=example,dc=com"';
  yield problem("DomainNameValidator", [SECTION, "DomainName"], message, suggestion);
}

/** Passwords go over these connections. */
export function* directoryServers(file: DraftFile): Generator<Problem> {
  const section = sectionOf(file);
  const addresses = section?.DomainAddr;
  if (typeof addresses !== "string") return;
  const isPlainMeant = String(section?.AdditionalSssdConfigs?.[NO_TLS]).toLowerCase() === "true";
  for (const address of addresses.split(",").map((part) => part.trim())) {
    const wrong = serverProblem(address, isPlainMeant);
    if (wrong === undefined) continue;
    yield problem("DomainAddrValidator", [SECTION, "DomainAddr"], wrong[0], wrong[1], {
      level: "WARNING",
    });
  }
}

function serverProblem(
  address: string,
  isPlainMeant: boolean,
): readonly [message: string, suggestion: string] | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    return [
      `${showValue(address)} says no protocol, and ldaps is taken`,
      `write ldaps://${address}`,
    ];
  }
  if (scheme === "ldaps") return undefined;
  if (scheme !== "ldap") {
    return [`${scheme} is not a protocol that SSSD asks a directory by`, "write ldaps"];
  }
  const message = "with ldap passwords can be read on their way";
  if (isPlainMeant) return [message, "write ldaps"];
  return [
    `${message}, and SSSD refuses it unless told otherwise`,
    `write ldaps, or ${NO_TLS}: true under AdditionalSssdConfigs`,
  ];
}

export function* directoryCertificates(file: DraftFile): Generator<Problem> {
  const check = sectionOf(file)?.LdapTlsReqCert;
  if (typeof check !== "string" || check === "hard" || check === "demand") return;
  const message = `with ${check} any server may pass for the directory`;
  yield problem("LdapTlsReqCertValidator", [SECTION, "LdapTlsReqCert"], message, "write hard", {
    level: "WARNING",
  });
}

/** The settings of SSSD that the rest of the section rests on. */
export function* sssdSettings(file: DraftFile): Generator<Problem> {
  const section = sectionOf(file);
  const settings = section?.AdditionalSssdConfigs ?? {};
  const fixed: Readonly<Record<string, string>> = {
    id_provider: "the users come from LDAP",
    ...(section?.LdapAccessFilter === undefined
      ? {}
      : { access_provider: "LdapAccessFilter is a filter of LDAP" }),
  };
  for (const [key, why] of Object.entries(fixed)) {
    const value = Object.hasOwn(settings, key) ? settings[key] : undefined;
    if (value === undefined || value === null || value === "ldap") continue;
    const place = [SECTION, "AdditionalSssdConfigs", key];
    const message = `${key} can't be ${showValue(value)}, because ${why}`;
    yield problem("AdditionalSssdConfigsValidator", place, message, "write ldap, or remove it");
  }
}
