import type { Route } from "../route.ts";

export const jobsRoutes = {} satisfies Record<string, Route>;
