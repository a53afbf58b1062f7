import type { Route } from "../route.ts";

export const triggersRoutes = {} satisfies Record<string, Route>;
