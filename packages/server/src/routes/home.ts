import { homeRoutes } from "@sluice/api";
import type { Waits } from "../accounting/waits.ts";
import type { ClusterLooks } from "../clusters/cluster-looks.ts";
import { HomeLooks, type HomeParts, homeOf } from "../home/home.ts";
import { type Implementation, implement } from "../http/handler.ts";

export type { HomeParts } from "../home/home.ts";

/** What one begins with. */
export function homeImplementations(
  parts: HomeParts,
  shared: ClusterLooks,
  waits: Waits,
): readonly Implementation[] {
  const looks = new HomeLooks(parts, shared, waits);
  return [implement(homeRoutes.getHome, ({ principal }) => homeOf(parts, looks, principal))];
}
