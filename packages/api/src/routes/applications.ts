import type { Route } from "../route.ts";

export const applicationsRoutes = {} satisfies Record<string, Route>;
