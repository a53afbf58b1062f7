import type { Route } from "../route.ts";

export const usersRoutes = {} satisfies Record<string, Route>;
