import type { Route } from "../route.ts";

export const authenticationRoutes = {} satisfies Record<string, Route>;
