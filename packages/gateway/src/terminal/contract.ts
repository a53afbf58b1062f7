import type { Duplex } from "node:stream";
import type { TerminalEnd, TerminalSize } from "./messages.ts";

export interface OpenTerminal extends TerminalSize {
  /** A UUID that no terminal had before. */
  readonly id: string;
  /** How long it lives without a connection. */
  readonly detachedSeconds: number;
  /** How long it lives without anything being typed; 0: for ever. */
  readonly idleSeconds: number;
  /** How many this user may have at a time on this head. */
  readonly mostOfUser: number;
}

export interface TerminalState {
  readonly id: string;
  readonly user: string;
  /** Missing: it lives. */
  readonly ended?: TerminalEnd;
}

/**
 * Login shells of users on a head, each in a pseudo-terminal. They outlive connections, servers and
 * the gateway. Errors of all: those of a gateway, and `HEAD_OUTDATED` where a head has no terminals.
 */
export interface Terminals {
  /** Errors: `GATEWAY_USER_UNKNOWN`, `TERMINALS_TOO_MANY`, `GATEWAY_BUSY`, `TERMINAL_FAILED`. */
  open(user: string, wish: OpenTerminal): Promise<void>;
  /** Those of everybody that live, and those that ended by themselves in the last day. */
  list(): Promise<readonly TerminalState[]>;
  /** Ends it with all that was started in it, and forgets it; nothing when it is over. */
  end(id: string): Promise<void>;
  /** A pipe that speaks `MESSAGES`. Errors: `TERMINAL_NOT_FOUND` when it is over or another's. */
  connect(user: string, id: string): Promise<Duplex>;
}
