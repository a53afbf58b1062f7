import { SluiceError } from "@sluice/model";

/** Accounts of Debian, Red Hat and Slurm that are nobody's. The head refuses ids below 1000 too. */
const OF_THE_SYSTEM = new Set(
  (
    "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody " +
    "nogroup adm halt shutdown operator ftp dbus messagebus sshd mysql mariadb postgres redis slurm " +
    "slurmrestd munge polkitd polkituser dnsmasq ntp chrony syslog tss uuidd rpc rpcuser statd nfsnobody " +
    "nslcd sssd avahi apache nginx postfix exim Debian-exim sudo wheel admin systemd"
  ).split(" "),
);

/** Why a name can be nobody's on clusters; undefined: it may be somebody's. */
function whyNot(name: string): string | undefined {
  if (!/^[a-z_][a-z0-9_.-]{0,31}$/.test(name)) return "no name of a Unix user";
  if (OF_THE_SYSTEM.has(name) || /^(_|systemd-)/.test(name)) return "an account of the system";
  return undefined;
}

/** Errors: `UNIX_USER_REFUSED` for root, accounts of the system and what is no name. */
export function checkUnixUser(name: string): string {
  const reason = whyNot(name);
  if (reason === undefined) return name;
  throw new SluiceError("UNIX_USER_REFUSED", "user", `${JSON.stringify(name)} is ${reason}`, {
    hint: "name a person's account on the clusters, such as ada",
  });
}

/** Of a directory's attribute or a claim: what may not be is nobody. */
export function unixUserOf(value: string | undefined): string | undefined {
  return value !== undefined && whyNot(value) === undefined ? value : undefined;
}
