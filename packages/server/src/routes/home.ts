import { homeRoutes } from "@sluice/api";
import { HomeLooks, type HomeParts, homeOf } from "../home/home.ts";
import { type Implementation, implement } from "../http/handler.ts";

export type { HomeParts } from "../home/home.ts";

/** What one begins with. */
export function homeImplementations(parts: HomeParts): readonly Implementation[] {
  const looks = new HomeLooks(parts);
  return [implement(homeRoutes.getHome, ({ principal }) => homeOf(parts, looks, principal))];
}
