/**
 * What a server and the door of a head say to each other: HTTP/1.1 over TLS, each request with
 * `authorization: Bearer KEY`. An `Upgrade` makes the connection a plain pipe; all else is
 * questions. Lists come as JSON documents, one a line. A refusal is a `DoorProblem`.
 */
export const UPGRADES = {
  slurmrestd: "sluice-slurmrestd",
  user: "sluice-user",
  terminal: "sluice-terminal",
} as const;

/** Whose worker a pipe is for, percent-encoded. */
export const USER_HEADER = "sluice-user";
/** Which of that user's terminals. */
export const TERMINAL_HEADER = "sluice-terminal";

export const PATHS = {
  info: "/v1/info",
  /** With `maxAge` in milliseconds: an answer will do that is not older. */
  queue: "/v1/queue",
  /** With `since` and `until` in ISO 8601, and `everyRun=1`. */
  history: "/v1/history",
  /** `{"tags":[…]}` gives `{"saved":[…]}`. */
  saved: "/v1/saved",
  /** `{"tags":[…]}` gives `{"jobs":{"TAG":12}}`. */
  find: "/v1/find",
  /** GET gives `{"terminals":[…]}`; POST of `OpenTerminal` with its `user` makes one. */
  terminals: "/v1/terminals",
  /** `{"id":"…"}` */
  endTerminal: "/v1/terminals/end",
} as const;

export interface DoorProblem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** As useradd and directories have them, without what means something to a path or to getent. */
const USER_NAME = /^[^\s\p{C}:/,-][^\s\p{C}:/,]{0,255}$/u;

/** Digits alone would be taken for the number of a user. */
export function isUserName(name: string): boolean {
  return USER_NAME.test(name) && !/^[+\d]+$/.test(name);
}
