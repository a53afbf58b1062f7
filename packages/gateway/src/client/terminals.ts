import { isSluiceError, SluiceError } from "@sluice/model";
import { PATHS, TERMINAL_HEADER, UPGRADES, USER_HEADER } from "../protocol.ts";
import type { TerminalState, Terminals } from "../terminal/contract.ts";
import type { Asker } from "./ask.ts";
import type { Dialler } from "./connect.ts";

export function createTerminals(asker: Asker, dialler: Dialler, cluster: string): Terminals {
  /** A gateway from before there were terminals knows nothing of what is asked. */
  const known = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (!isSluiceError(error) || error.code !== "BAD_REQUEST") throw error;
      throw new SluiceError(
        "HEAD_OUTDATED",
        "user",
        `the head of ${cluster} has no terminals yet`,
        {
          hint: "its programs are older than this server: have the cluster's head made anew",
          cause: error,
        },
      );
    });
  return {
    async open(user, wish) {
      const body = { user, ...wish };
      await known(asker.document({ method: "POST", path: PATHS.terminals, body }));
    },
    async list() {
      const answer = await known(asker.document({ method: "GET", path: PATHS.terminals }));
      return (answer as { readonly terminals: readonly TerminalState[] }).terminals;
    },
    async end(id) {
      await known(asker.document({ method: "POST", path: PATHS.endTerminal, body: { id } }));
    },
    connect: (user, id) =>
      known(
        dialler.upgrade(UPGRADES.terminal, {
          [USER_HEADER]: encodeURIComponent(user),
          [TERMINAL_HEADER]: id,
        }),
      ),
  };
}
