import type { Route } from "../route.ts";

export const eventsRoutes = {} satisfies Record<string, Route>;
