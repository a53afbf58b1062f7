import { gunzipSync, gzipSync } from "node:zlib";
import type { ExecRequest, ExecResult } from "@sluice/cloud";

/** Characters of one part. Systems Manager shows 24,000 of a command's output and no more. */
export const PART_CHARACTERS = 23_000;

/** As in a login: groups, home, a clean environment. Arguments: user, folder, command. */
const LOGIN = `user=$1 cwd=$2; shift 2
entry=$(getent passwd "$user") || { echo "sluice: the head has no user $user" >&2; exit 126; }
HOME=$(echo "$entry" | cut -d: -f6) SHELL=$(echo "$entry" | cut -d: -f7)
export HOME SHELL USER="$user" LOGNAME="$user"
cd "\${cwd:-$HOME}" 2>/dev/null || cd /
if [ "$user" = "$(id -un)" ]; then exec "$@"; fi
exec runuser -u "$user" -- "$@"`;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/sluice/bin";

/** The request as one command line of a shell, in which every word stands for itself. */
function loginLine({ argv, user, cwd = "", env = {} }: ExecRequest): string {
  const settings = Object.entries({ PATH, LANG: "C.UTF-8", ...env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const words = ["env", "-i", ...settings, "/bin/sh", "-c", LOGIN, "sh", user, cwd, ...argv];
  return words.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Systems Manager looks for references such as {{ssm:name}} in what it is given, so that scripts
 * travel in base64.
 */
function encoded(script: string): string {
  return `/bin/sh -c "$(echo ${Buffer.from(script).toString("base64")} | base64 -d)"`;
}

/** The command with the terminal or pipes that it is given. */
export function plainScript(request: ExecRequest): string {
  return encoded(
    `exec ${loginLine({ ...request, env: { TERM: "xterm-256color", ...request.env } })}`,
  );
}

/**
 * Runs the command and prints the size of its result and the folder that holds it, then the first
 * part of the result: the exit code, standard output and standard error, a line each, the latter two
 * compressed and in base64. What fits is removed at once.
 */
export function execScript(request: ExecRequest, input: Uint8Array = new Uint8Array()): string {
  const given =
    input.length === 0
      ? ": >in"
      : `echo ${gzipSync(input).toString("base64")} | base64 -d | gzip -dc >in`;
  return encoded(`umask 077
folder=$(mktemp -d /run/sluice-exec.XXXXXXXX 2>/dev/null || mktemp -d) || exit 1
cd "$folder" || exit 1
${given}
${loginLine(request)} >out 2>err <in
code=$?
{ echo "$code"; gzip -c out | base64 -w 0; echo; gzip -c err | base64 -w 0; echo; } >result
rm in out err
size=$(wc -c <result)
echo "$size $folder"
head -c ${PART_CHARACTERS} result
if [ "$size" -le ${PART_CHARACTERS} ]; then rm -r "$folder"; fi`);
}

/** The next part of a result, from a position on. */
export function partScript(folder: string, from: number, isLast: boolean): string {
  const place = shellWord(folder);
  const remove = isLast ? `\nrm -r ${place}` : "";
  return encoded(`tail -c +${from + 1} ${place}/result | head -c ${PART_CHARACTERS}${remove}`);
}

/** Undefined when it is not such a result. */
export function parsedPayload(payload: string): ExecResult | undefined {
  const [code = "", out = "", err = ""] = payload.split("\n");
  if (!/^\d+$/.test(code)) return undefined;
  const unpacked = (text: string): string => gunzipSync(Buffer.from(text, "base64")).toString();
  return { exitCode: Number(code), stdout: unpacked(out), stderr: unpacked(err) };
}
