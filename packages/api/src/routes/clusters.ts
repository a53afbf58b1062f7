import type { Route } from "../route.ts";

export const clustersRoutes = {} satisfies Record<string, Route>;
