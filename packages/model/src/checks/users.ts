import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem, showPath } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";

const ID = "UserValidator";

/** Accounts and groups that a machine has before any of ours. */
const SYSTEM_NAMES: ReadonlySet<string> = new Set([
  ..."root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats".split(
    " ",
  ),
  ..."nobody nogroup adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip".split(
    " ",
  ),
  ..."operator src shadow utmp video sasl plugdev staff users input sgx kvm render crontab".split(
    " ",
  ),
  ..."systemd-network systemd-resolve systemd-timesync systemd-journal systemd-coredump".split(" "),
  ..."messagebus sshd _apt polkitd _ssh ssh netdev tcpdump uuidd dnsmasq statd _rpc".split(" "),
  ..."slurm slurmrestd munge mysql mariadb sluice debian admin ubuntu ec2-user rocky azureuser".split(
    " ",
  ),
]);

export function* users(file: DraftFile): Generator<Problem> {
  const entries = entriesOf(file.Users);
  const names = entries.map(({ index, item }) => ({
    name: item.Name,
    path: ["Users", index, "Name"] satisfies Path,
  }));
  for (const { name, path } of names) {
    if (typeof name !== "string" || !SYSTEM_NAMES.has(name)) continue;
    const message = `${showValue(name)} is an account of the system`;
    yield problem(ID, path, message, "write another name");
  }
  for (const { again, first } of repeated(names)) {
    const message = `${showValue(again.name)} is already the name of ${showPath(first.path.slice(0, -1))}`;
    yield problem(ID, again.path, message, "write another name");
  }
  const uids = entries.map(({ index, item }) => ({
    name: item.Uid,
    path: ["Users", index, "Uid"],
  }));
  for (const { again, first } of repeated(uids)) {
    const message = `${again.name} is already the Uid of ${showPath(first.path.slice(0, -1))}, and they would be one user to the system`;
    yield problem(ID, again.path, message, "write another Uid, or none");
  }
}
