import { serverRoutes } from "@sluice/api";
import { type Implementation, implement } from "../http/handler.ts";
import { type LookedAt, serverState } from "../state/look.ts";
import { LoopDelay } from "../state/loop-delay.ts";

export type ServerStateParts = LookedAt;

export function serverImplementations(parts: ServerStateParts): readonly Implementation[] {
  const delay = new LoopDelay();
  return [implement(serverRoutes.getServerState, () => serverState(parts, delay))];
}
