import type { User } from "@sluice/model";

/**
 * Shell lines that add the users to a machine, each once, however often they run. Names and
 * numbers come from a checked cluster file: letters, digits, `_` and `-` only.
 */
export function addUsersScript(users: readonly User[]): string {
  return users
    .map(({ Name, Uid }) =>
      [
        `grep -q '^${Name}:' /etc/passwd || {`,
        `  echo '${Name}:x:${Uid}:${Uid}::/home/${Name}:/bin/bash' >> /etc/passwd`,
        `  echo '${Name}:x:${Uid}:' >> /etc/group`,
        "}",
      ].join("\n"),
    )
    .join("\n");
}

/** The same for a machine whose files are fresh: one write, no other program. */
export function appendUsersScript(users: readonly User[]): string {
  if (users.length === 0) return "";
  const quoted = (lines: readonly string[]): string => lines.map((line) => `'${line}'`).join(" ");
  const passwd = users.map(({ Name, Uid }) => `${Name}:x:${Uid}:${Uid}::/home/${Name}:/bin/bash`);
  const group = users.map(({ Name, Uid }) => `${Name}:x:${Uid}:`);
  return [
    `printf '%s\\n' ${quoted(passwd)} >> /etc/passwd`,
    `printf '%s\\n' ${quoted(group)} >> /etc/group`,
  ].join("\n");
}

/** Users as `NAME NUMBER`, a line for each, for `ADD_LISTED_USERS`. */
export const USERS_FILE = "/etc/sluice/users";

export function usersFile(users: readonly User[]): string {
  return users.map(({ Name, Uid }) => `${Name} ${Uid}\n`).join("");
}

/** The function `add_users`: adds those of the file, each once. */
export const ADD_LISTED_USERS = `add_users() {
  while read -r user number; do
    grep -q "^$user:" /etc/passwd || {
      echo "$user:x:$number:$number::/home/$user:/bin/bash" >> /etc/passwd
      echo "$user:x:$number:" >> /etc/group
    }
  done < ${USERS_FILE}
}`;
