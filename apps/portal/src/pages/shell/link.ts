import type { TerminalDocument, TerminalNotice, TerminalWish } from "@sluice/api";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** How it stands with a terminal. */
export type LinkState =
  | { readonly is: "connecting" }
  | { readonly is: "open" }
  /** The connection broke; it is tried again by itself. */
  | { readonly is: "waiting" }
  /** Another window has it. */
  | { readonly is: "taken" }
  | { readonly is: "over"; readonly ended: TerminalDocument["ended"] }
  | { readonly is: "refused"; readonly error: unknown };

export interface LinkParts {
  /** @param offset bytes of the output that were shown; undefined: begin with the oldest. */
  readonly connect: (size: Size, offset: number | undefined) => WebSocket;
  /** The terminal as the server knows it. Rejects when it is nobody's any more, or may not be seen. */
  readonly look: () => Promise<TerminalDocument>;
  /** Whether asking again may help. */
  readonly isPassing: (error: unknown) => boolean;
  /** Shows output, and calls back when that was done. */
  readonly write: (bytes: Uint8Array, done: () => void) => void;
  /** What came before is kept no longer: so many bytes. */
  readonly onMissed: (bytes: number) => void;
  readonly onState: (state: LinkState) => void;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** A connection to a terminal that mends itself: nothing is missed, and nothing is shown twice. */
export interface Link {
  /** Takes it, also from another window. */
  open(size: Size): void;
  /** `away`: there is no connection now, and it is lost. */
  type(typed: string | Uint8Array<ArrayBuffer>): "sent" | "away" | "too-much";
  resize(size: Size): void;
  close(): void;
}

const RETRY_FIRST = 500;
const RETRY_MOST = 10_000;
/** What is pasted at a time: programs that do not read would have to be waited for. */
const MOST_TYPED = 2 << 20;
const PIECE = 64 << 10;
/** Bytes that are shown before the terminal is told. */
const TELL_EVERY = 32 << 10;
const TAKEN = 4001;

export function createLink(parts: LinkParts): Link {
  const { connect, look, isPassing, write, onState } = parts;
  let socket: WebSocket | undefined;
  let over = new AbortController();
  let size: Size = { columns: 80, rows: 24 };
  /** Of the output: what came, what was shown, what was told of that. */
  let received: number | undefined;
  let shown = 0;
  let told = 0;
  /** What was asked of the screen before is not answered again: it is shown up to here. */
  let replayedUntil = 0;
  let failures = 0;

  const say = (wish: TerminalWish): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wish));
  };
  const tellShown = (): void => {
    told = shown;
    say({ kind: "seen", offset: shown });
  };
  const show = (bytes: Uint8Array): void => {
    const end = (received ?? 0) + bytes.byteLength;
    received = end;
    write(bytes, () => {
      shown = Math.max(shown, end);
      if (shown - told >= TELL_EVERY || shown === received) tellShown();
    });
  };

  const hear = (notice: TerminalNotice): void => {
    switch (notice.kind) {
      case "attached":
        failures = 0;
        if (received === undefined) replayedUntil = notice.end;
        else if (notice.missed > 0) parts.onMissed(notice.missed);
        received = notice.offset;
        shown = told = notice.offset;
        onState({ is: "open" });
        break;
      case "ended":
        stop();
        onState({ is: "over", ended: notice.ended });
        break;
      case "taken":
        stop();
        onState({ is: "taken" });
        break;
    }
  };

  const stop = (): void => {
    over.abort();
    const left = socket;
    socket = undefined;
    left?.close();
  };

  /** Why a connection ended or did not come about is told to nobody but the one who asks. */
  const again = async (signal: AbortSignal): Promise<void> => {
    onState({ is: "waiting" });
    const wait = Math.min(RETRY_FIRST * 2 ** failures, RETRY_MOST);
    failures += 1;
    await parts.sleep(wait, signal);
    if (signal.aborted) return;
    try {
      const { ended } = await look();
      if (signal.aborted) return;
      if (ended !== undefined) onState({ is: "over", ended });
      else begin(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (isPassing(error)) await again(signal);
      else onState({ is: "refused", error });
    }
  };

  const begin = (signal: AbortSignal): void => {
    const made = connect(size, received);
    made.binaryType = "arraybuffer";
    socket = made;
    made.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (socket !== made) return;
      if (typeof data === "string") hear(JSON.parse(data) as TerminalNotice);
      else show(new Uint8Array(data));
    };
    made.onclose = ({ code }) => {
      if (socket !== made) return;
      socket = undefined;
      if (code === TAKEN) onState({ is: "taken" });
      else void again(signal);
    };
  };

  return {
    open(wanted) {
      stop();
      over = new AbortController();
      size = wanted;
      failures = 0;
      onState({ is: "connecting" });
      begin(over.signal);
    },
    type(typed) {
      // Answers of the screen to what it is shown again: the shell had them once.
      if (shown < replayedUntil) return "sent";
      const bytes = typeof typed === "string" ? new TextEncoder().encode(typed) : typed;
      if (bytes.byteLength > MOST_TYPED) return "too-much";
      if (socket?.readyState !== WebSocket.OPEN) return "away";
      for (let at = 0; at < bytes.byteLength; at += PIECE) {
        socket.send(bytes.subarray(at, at + PIECE));
      }
      return "sent";
    },
    resize(wanted) {
      size = wanted;
      say({ kind: "resize", ...wanted });
    },
    close: stop,
  };
}
