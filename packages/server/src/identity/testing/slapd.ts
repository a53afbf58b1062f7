import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const BASE = "dc=example,dc=com";
export const SERVICE = { BindDn: `cn=service,${BASE}`, password: "service-secret" };

const ADMINISTRATOR = `cn=admin,${BASE}`;

/** A real slapd on loopback, in a folder of its own. */
export interface Slapd extends AsyncDisposable {
  readonly ldap: string;
  readonly ldaps: string;
  /** PEM: who signed its certificate, which is for 127.0.0.1. */
  readonly certificateAuthority: string;
  readonly passwordFile: string;
  /** LDIF, as its administrator. */
  change(ldif: string): void;
  /** As if its machine were switched off. */
  stop(): Promise<void>;
}

/** What Active Directory has and OpenLDAP has not, as far as sign-ins use it. */
const ACTIVE_DIRECTORY = `
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.102 NAME 'memberOf' EQUALITY distinguishedNameMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP organizationalPerson STRUCTURAL
  MAY ( sAMAccountName $ objectGUID $ memberOf $ mail $ displayName ) )
`;

function configuration(folder: string): string {
  const schemas = ["core", "cosine", "inetorgperson", "nis"];
  return `
${schemas.map((name) => `include /etc/ldap/schema/${name}.schema`).join("\n")}
include ${folder}/active-directory.schema
pidfile ${folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile ${folder}/certificate.pem
TLSCertificateKeyFile ${folder}/key.pem
disallow bind_anon
database mdb
suffix "${BASE}"
rootdn "${ADMINISTRATOR}"
rootpw ${SERVICE.password}
directory ${folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
`;
}

/** @param entries LDIF below BASE. */
export async function startSlapd(entries: string): Promise<Slapd> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-slapd-"));
  mkdirSync(join(folder, "data"));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("active-directory.schema", ACTIVE_DIRECTORY);
  write("slapd.conf", configuration(folder));
  write("password", `${SERVICE.password}\n`);
  write("entries.ldif", `${ROOT}\n${entries}`);
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")],
      ...["-days", "2", "-subj", "/CN=slapd", "-addext", "subjectAltName=IP:127.0.0.1"],
    ],
    { stdio: "ignore" },
  );
  const conf = join(folder, "slapd.conf");
  execFileSync("/usr/sbin/slapadd", ["-q", "-f", conf, "-l", join(folder, "entries.ldif")]);
  const [plain, secure] = [await freePort(), await freePort()];
  const ldap = `ldap://127.0.0.1:${plain}`;
  const ldaps = `ldaps://127.0.0.1:${secure}`;
  const slapd = spawn("/usr/sbin/slapd", ["-f", conf, "-h", `${ldap} ${ldaps}`, "-d", "0"], {
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => slapd.once("exit", () => resolve()));
  const stop = async () => {
    slapd.kill("SIGKILL");
    await ended;
  };
  await answering(plain);
  return {
    ldap,
    ldaps,
    certificateAuthority: join(folder, "certificate.pem"),
    passwordFile: join(folder, "password"),
    change: (ldif) => {
      const who = ["-x", "-D", ADMINISTRATOR, "-w", SERVICE.password, "-H", ldap];
      execFileSync("ldapmodify", who, { input: ldif, stdio: ["pipe", "ignore", "inherit"] });
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const ROOT = `dn: ${BASE}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=service,${BASE}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: service
userPassword: ${SERVICE.password}

dn: ou=people,${BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${BASE}
objectClass: organizationalUnit
ou: groups
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answering(port: number): Promise<void> {
  const { connect } = await import("node:net");
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("close", () => socket.destroy());
    });
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
