import type { Route } from "../route.ts";

export const auditRoutes = {} satisfies Record<string, Route>;
