import { HEAD_NAME, JOIN_PORT } from "../layout.ts";
import { USERS_FILE } from "../users.ts";
import { MOUNTS_FILE } from "./mounts.ts";

/** What the head answers with in a cloud, to be added and mounted. */
export const JOIN_FILES = { mounts: MOUNTS_FILE, users: USERS_FILE } as const;

export const HEAD_CERTIFICATE = "/etc/sluice/head.crt";

/**
 * The function `post PATH`: sends its standard input to the head, which is asked again when it does
 * not answer.
 *
 * @param options.fromRootsPorts from ports that only root may use, where the cloud's proof of
 * identity hangs on that.
 */
export function postFunction(options: { readonly fromRootsPorts: boolean }): string {
  const ports = options.fromRootsPorts ? "--local-port 600-1023 " : "";
  return `post() {
  curl --silent --show-error --fail --max-time 20 ${ports}\\
    --cacert ${HEAD_CERTIFICATE} --data-binary @- "https://${HEAD_NAME}:${JOIN_PORT}/v1/$1"
}`;
}

/**
 * The function `join_head PATH`: asks the head who this machine is until it answers. The head may be
 * restarting, and it stops a machine that it does not want.
 *
 * The answer is the node's name, the munge key in base64, and files as `MODE PATH CONTENT` with the
 * content in base64.
 */
export function joinFunction(identityCommand: string): string {
  return `put_file() {
  [ -d "\${2%/*}" ] || install -d -m 755 "\${2%/*}"
  (
    umask 077
    printf '%s' "$3" | base64 -d > "$2.new"
  )
  chmod "$1" "$2.new"
  if cmp -s "$2.new" "$2"; then rm "$2.new"; else mv "$2.new" "$2"; fi
}
join_head() {
  tries=0
  until answer=$(${identityCommand} | post "$1"); do
    tries=$((tries + 1))
    if [ "$tries" -lt 60 ]; then sleep 0.5; else sleep 5; fi
  done
  {
    read -r node
    read -r key
    put_file 0400 /etc/munge/munge.key "$key"
    chown munge:munge /etc/munge/munge.key
    while read -r mode path content; do
      put_file "$mode" "$path" "$content"
    done
  } << END
$answer
END
  echo "NODE_NAME=$node" > /etc/sluice/node
}`;
}

/**
 * The function `post_boot`: what the machine's boot did, for the head. After the proof come the
 * steps as `$state/steps` has them and, behind an empty line, the end of what the last one said.
 */
export function postBootFunction(identityCommand: string): string {
  return `post_boot() {
  {
    ${identityCommand}
    cat "$state/steps"
    echo
    tail -c 15000 "$state/log"
  } | post boot
}`;
}
