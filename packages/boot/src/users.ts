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
