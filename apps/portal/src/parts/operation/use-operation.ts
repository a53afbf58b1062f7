import { type OperationView, ROUTES } from "@sluice/api";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { readAgain, useRead } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import type { ProgressLine } from "./steps.ts";

export interface FollowedOperation {
  /** Undefined until it was read. */
  readonly operation: OperationView | undefined;
  readonly lines: readonly ProgressLine[];
  readonly error: Error | null;
  readonly again: () => void;
}

/**
 * An operation and what it says, followed until it ends. `onEnd` is called once, with how it ended,
 * at once when it is over already.
 */
export function useOperation(
  id: string,
  onEnd?: (operation: OperationView) => void,
): FollowedOperation {
  const client = useQueryClient();
  const read = useRead(ROUTES.getOperation, { params: { operation: id } });
  const [followed, setFollowed] = useState<{
    readonly id: string;
    readonly lines: readonly ProgressLine[];
    readonly ended: OperationView | undefined;
  }>({ id, lines: [], ended: undefined });
  const isRunning = read.data?.state === "running";

  useEffect(() => {
    if (!isRunning) return;
    const over = new AbortController();
    const lines: ProgressLine[] = [];
    const show = (ended?: OperationView): void => setFollowed({ id, lines: [...lines], ended });
    const follow = async (): Promise<void> => {
      const request = { params: { operation: id }, signal: over.signal };
      for await (const { data } of server.events(ROUTES.followOperation, request)) {
        // A stream that was opened again begins at the first line.
        if (data.line !== undefined && data.line.number > (lines.at(-1)?.number ?? 0)) {
          lines.push(data.line);
          show();
        }
        if (data.operation === undefined) continue;
        show(data.operation);
        return readAgain(client, [ROUTES.getOperation, ROUTES.listOperations]);
      }
    };
    // Refused, as when the session is over: the page says that by itself.
    follow().catch(() => {});
    return () => over.abort();
  }, [client, id, isRunning]);

  const mine = followed.id === id ? followed : undefined;
  const operation = mine?.ended ?? read.data;
  useEnd(operation, onEnd);
  const known = read.data?.progress ?? [];
  const lines = (mine?.lines.length ?? 0) >= known.length ? (mine?.lines ?? []) : known;
  return {
    operation,
    lines,
    error: read.data === undefined ? read.error : null,
    again: () => void read.refetch(),
  };
}

/** Tells once that an operation has ended, however that came to be known. */
function useEnd(
  operation: OperationView | undefined,
  onEnd: ((operation: OperationView) => void) | undefined,
): void {
  const told = useRef<string>(undefined);
  useEffect(() => {
    if (operation === undefined || operation.state === "running") return;
    if (told.current === operation.id) return;
    told.current = operation.id;
    onEnd?.(operation);
  }, [operation, onEnd]);
}
