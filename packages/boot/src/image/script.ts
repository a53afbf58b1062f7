import type { ImageBuildConfig, Os } from "@sluice/model";
import { actionFunction } from "../steps/actions.ts";
import { shellWord } from "../steps/shell.ts";
import { fetchPackages } from "./fetch-packages.ts";
import { imagePackages, osFamily } from "./os-family.ts";
import { IMAGE_MARKER, UNITS_OF_PACKAGES } from "./packages.ts";
import { imageParts, scriptStep } from "./parts.ts";

export interface ImageScript {
  readonly id: string;
  readonly os: Os;
  readonly sluiceVersion: string;
  /** ISO 8601. */
  readonly builtAt: string;
  readonly config: ImageBuildConfig;
  /** A shell command; `URL FILE` goes behind it. */
  readonly fetchUrlCommand: string;
}

/** As `ID VERSION_ID` of os-release has it: a pattern of the shell's. */
const SYSTEMS: Readonly<Record<Os, string>> = {
  alinux2023: '"amzn 2023"*',
  debian12: '"debian 12"*',
  debian13: '"debian 13"*',
  // Without a VERSION_ID while it is in the making.
  debian14: '"debian 14"* | "debian "',
  rhel8: '"rhel 8"*',
  rhel9: '"rhel 9"*',
  rocky8: '"rocky 8"*',
  rocky9: '"rocky 9"*',
  ubuntu2204: '"ubuntu 22.04"*',
  ubuntu2404: '"ubuntu 24.04"*',
};

/** What would look for updates on machines that live for minutes, and keep apt from others. */
const UPDATERS = ["apt-daily.timer", "apt-daily-upgrade.timer", "dnf-makecache.timer"];

/** Services that a machine starts when its cluster wants them, beside those of Slurm. */
const LATER = ["nfs-server.service", "rpcbind.socket", "rpcbind.service", "sackd.service"];

/** Where the script works, and `scripts` of other parts find it. */
export const IMAGE_WORK = "/var/tmp/sluice-image";

/**
 * The script that turns a fresh system into an image, for root. Without arguments it does all of
 * `imageParts` that are its own, with names of steps these alone. What it says is a log for people;
 * `imageFailure` and `imageSlurm` find in it what a program wants to know.
 */
export function renderImageScript(script: ImageScript): string {
  const { config, os, fetchUrlCommand } = script;
  const steps = imageParts(config).flatMap((part) => (part.kind === "steps" ? part.steps : []));
  const scripts = (config.Build.Components ?? []).map(({ Value }, index) => ({
    name: scriptStep(index),
    url: Value,
  }));
  const commands = new Map<string, string>([
    ["system", "check_system"],
    ["update", "update_system"],
    ["packages", "add_packages"],
    ["lustre", "add_lustre"],
    ["services", "quieten_services"],
    ["marker", "write_marker"],
    ["clean", "clean_up"],
    ...scripts.map(({ name, url }): [string, string] => [name, `action ${name} ${shellWord(url)}`]),
  ]);
  const functions = [
    checkSystem(os),
    ...(steps.includes("update") ? [updateSystem(script)] : []),
    ...(steps.includes("packages") ? [addPackages(os), SERVICES, writeMarker(script)] : []),
    ...(steps.includes("lustre") ? [addLustre(os)] : []),
    ...(steps.some((name) => name.startsWith("script-")) ? [actionFunction(fetchUrlCommand)] : []),
    cleanUp(os),
  ];
  return `#!/bin/sh
${FRAME}
${functions.join("\n")}

${steps.map((name) => `step ${name} ${commands.get(name) ?? name}`).join("\n")}
`;
}

const FRAME = `set -u
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
LC_ALL=C.UTF-8
export LC_ALL
state=${IMAGE_WORK}
install -d -m 700 "$state"
only=$*

step() {
  case " \${only:-$1} " in *" $1 "*) ;; *) return 0 ;; esac
  name=$1
  shift
  echo "sluice: $name begins"
  began=$(date +%s%3N)
  (
    set -e
    "$@"
  ) < /dev/null 2>&1
  status=$?
  took=$(($(date +%s%3N) - began))
  if [ "$status" -ne 0 ]; then
    echo "sluice: $name failed after $took ms with status $status"
    exit 1
  fi
  echo "sluice: $name took $took ms"
}
`;

function checkSystem(os: Os): string {
  return `check_system() {
  [ "$(id -u)" -eq 0 ] || {
    echo "only root can make an image"
    return 1
  }
  # shellcheck source=/dev/null
  . /etc/os-release
  case "$ID \${VERSION_ID:-}" in
    ${SYSTEMS[os]}) ;;
    *)
      echo "the parent image is $ID \${VERSION_ID:-} and not ${os}"
      return 1
      ;;
  esac
}`;
}

function updateSystem({ os, config }: ImageScript): string {
  const isKernelKept = config.DevSettings?.DisableKernelUpdate === true;
  if (osFamily(os).packageManager === "dnf") {
    return `update_system() {
  dnf -q -y update${isKernelKept ? " --exclude='kernel*'" : ""}
}`;
  }
  const kernel = (verb: string): string =>
    isKernelKept
      ? `  dpkg-query -W -f '\${Package}\\n' 'linux-image*' 'linux-headers*' 2> /dev/null |
    xargs -r apt-mark -q ${verb}
`
      : "";
  return `update_system() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o DPkg::Lock::Timeout=300 update
${kernel("hold")}  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold dist-upgrade
${kernel("unhold")}}`;
}

/** The numbers of `slurm` are the same on every machine, because nodes check who speaks to them. */
function addPackages(os: Os): string {
  return `add_packages() {
  getent passwd slurm > /dev/null || {
    echo 'slurm:x:64030:' >> /etc/group
    echo 'slurm:x:64030:64030::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
  }
${fetchPackages(os, imagePackages(os))}
}`;
}

const SERVICES = `quieten_services() {
  for unit in ${[...UNITS_OF_PACKAGES, ...LATER, ...UPDATERS].join(" ")}; do
    systemctl --quiet disable "$unit" 2> /dev/null || true
  done
}`;

function writeMarker({ id, os, sluiceVersion, builtAt }: ImageScript): string {
  const known = JSON.stringify({ id, os, sluice: sluiceVersion, builtAt }).slice(0, -1);
  return `write_marker() {
  for program in munged slurmctld slurmd srun; do
    command -v "$program" > /dev/null || {
      echo "the image has no $program: ${missingPrograms(os)}"
      return 1
    }
  done
  slurm=$(slurmd -V)
  slurm=\${slurm#slurm* }
  install -d -m 755 ${IMAGE_MARKER.slice(0, IMAGE_MARKER.lastIndexOf("/"))}
  printf '%s,"slurm":"%s","arch":"%s"}\\n' ${shellWord(known)} "$slurm" "$(uname -m)" \\
    > ${IMAGE_MARKER}
  echo "sluice: the image has slurm $slurm"
}`;
}

/** A machine that boots this image won't look for packages. */
function missingPrograms(os: Os): string {
  return osFamily(os).slurm === "none"
    ? `${os} has no packages of Slurm, so let a script bring it`
    : `the packages of ${os} did not bring it`;
}

/** As Amazon documents it for FSx. Debian has no packages of it. */
function addLustre(os: Os): string {
  const keys = "https://fsx-lustre-client-repo-public-keys.s3.amazonaws.com";
  const repository = "https://fsx-lustre-client-repo.s3.amazonaws.com";
  const release = os.replace(/^\D+/, "");
  const lines = os.startsWith("ubuntu")
    ? `  export DEBIAN_FRONTEND=noninteractive
  curl -fsSL ${keys}/fsx-ubuntu-public-key.asc > /etc/apt/keyrings/fsx.asc
  echo 'deb [signed-by=/etc/apt/keyrings/fsx.asc] ${repository}/ubuntu ${os === "ubuntu2204" ? "jammy" : "noble"} main' \\
    > /etc/apt/sources.list.d/fsx-lustre.list
  apt-get -q update
  apt-get -q -y -o DPkg::Lock::Timeout=300 install lustre-client-modules-aws`
    : os === "alinux2023"
      ? "  dnf -q -y install lustre-client"
      : os.startsWith("debian")
        ? `  echo "there is no Lustre client for ${os}: leave out Build.Installation.LustreClient"
  return 1`
        : `  rpm --import ${keys}/fsx-rpm-public-key.asc
  curl -fsSL ${repository}/el/${release}/fsx-lustre-client.repo > /etc/yum.repos.d/fsx-lustre.repo
  dnf -q -y install kmod-lustre-client lustre-client`;
  return `add_lustre() {
${lines}
}`;
}

/** What each machine has to have of its own, and what only took room. */
function cleanUp(os: Os): string {
  const packages =
    osFamily(os).packageManager === "apt"
      ? "  apt-get clean\n  rm -rf /var/lib/apt/lists/*"
      : "  dnf -q clean all";
  return `clean_up() {
${packages}
  rm -f /etc/munge/munge.key /etc/ssh/ssh_host_*
  if command -v cloud-init > /dev/null; then cloud-init clean --logs; fi
  : > /etc/machine-id
  rm -rf "$state"
}`;
}

/** Why a build failed, out of what it said: the step and its last words; undefined when it did not. */
export function imageFailure(log: string): string | undefined {
  const lines = log.split("\n").map((line) => line.trim());
  const end = lines.findIndex((line) => FAILED.test(line));
  if (end === -1) return undefined;
  const step = FAILED.exec(lines[end] ?? "")?.[1] ?? "";
  const begin = lines.findLastIndex((line, at) => at < end && line.endsWith(`${step} begins`));
  const said = lines.slice(begin + 1, end).filter((line) => line !== "" && !ENDED.test(line));
  const words = said.findLast((line) => /^(E|Error|error|fatal):/.test(line)) ?? said.at(-1);
  return words === undefined ? `the step ${step} failed` : `${step}: ${words}`;
}

/** What `action` says behind the last words of a script. */
const ENDED = / ended with status \d+$/;
const FAILED = /sluice: (\S+) failed after /;

/** The Slurm that a build said its image has. */
export function imageSlurm(log: string): string | undefined {
  return /sluice: the image has slurm (\d[\w.]*)/.exec(log)?.[1];
}
