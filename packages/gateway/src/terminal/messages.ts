import { SluiceError } from "@sluice/model";

/**
 * What a terminal and whoever looks at it say to each other, through pipes that know nothing of it.
 * Each message is a byte for its kind, its length in four, big-endian, and that many bytes.
 */
export const MESSAGES = {
  /** The first of a reader: JSON, `TerminalAttachment`. */
  attach: "a",
  /** What was typed. */
  input: "i",
  /** JSON, `TerminalSize`. */
  resize: "r",
  /** Up to where the output was shown, in eight bytes: more comes only then. */
  seen: "s",
  /** The answer to `attach`: JSON, `TerminalHello`. */
  hello: "h",
  output: "o",
  /** JSON, `TerminalEnd`; the last. */
  ended: "e",
  /** Another reader has taken the terminal; the last. */
  taken: "t",
} as const;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface TerminalAttachment extends TerminalSize {
  /** Bytes of the output that were seen; missing: begin with the oldest that is kept. */
  readonly offset?: number | undefined;
}

export interface TerminalHello {
  /** Where in the output what follows begins. */
  readonly offset: number;
  /** Up to where it was written before. */
  readonly end: number;
  /** Bytes after the wanted offset that are kept no longer. */
  readonly missed: number;
}

export interface TerminalEnd {
  /**
   * `exited`: the shell ended. `detached`: nobody was connected for too long. `idle`: nothing was
   * typed for too long. `stopped`: it was asked to end. `killed`: it broke off.
   */
  readonly reason: "exited" | "detached" | "idle" | "stopped" | "killed";
  readonly exitCode?: number;
  readonly signal?: number;
}

export interface TerminalMessage {
  readonly kind: string;
  readonly payload: Buffer;
}

const HEAD_BYTES = 5;
/** Larger ones are no messages of a terminal's. */
const MOST_BYTES = 1 << 20;
/** Longest piece of input in one message. */
export const INPUT_BYTES = 32 << 10;

export function messageBytes(kind: string, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(kind, 0, "latin1");
  head.writeUInt32BE(payload.byteLength, 1);
  return Buffer.concat([head, payload]);
}

export function jsonMessage(kind: string, document: unknown): Buffer {
  return messageBytes(kind, Buffer.from(JSON.stringify(document)));
}

export function seenMessage(offset: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeBigUInt64BE(BigInt(offset));
  return messageBytes(MESSAGES.seen, payload);
}

/** Takes a stream's pieces and gives the messages that are whole with each. Throws for nonsense. */
export function createMessageReader(): (piece: Buffer) => readonly TerminalMessage[] {
  let rest: Buffer = Buffer.alloc(0);
  return (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const messages: TerminalMessage[] = [];
    while (rest.length >= HEAD_BYTES) {
      const length = rest.readUInt32BE(1);
      if (length > MOST_BYTES) {
        throw new SluiceError(
          "GATEWAY_UNREACHABLE",
          "system",
          "a terminal's answer makes no sense",
        );
      }
      if (rest.length < HEAD_BYTES + length) break;
      messages.push({
        kind: rest.toString("latin1", 0, 1),
        payload: rest.subarray(HEAD_BYTES, HEAD_BYTES + length),
      });
      rest = rest.subarray(HEAD_BYTES + length);
    }
    return messages;
  };
}

/** A terminal's record of its own end: written by a user's process, so it may be anything. */
export function terminalEndIn(text: string): TerminalEnd {
  try {
    const { reason, exitCode, signal } = JSON.parse(text) as Record<string, unknown>;
    if (reason !== "exited" && reason !== "detached" && reason !== "idle" && reason !== "stopped") {
      return { reason: "killed" };
    }
    return {
      reason,
      ...(isSmall(exitCode) ? { exitCode } : {}),
      ...(isSmall(signal) ? { signal } : {}),
    };
  } catch {
    return { reason: "killed" };
  }
}

function isSmall(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}
