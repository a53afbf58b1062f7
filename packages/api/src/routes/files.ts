import type { Route } from "../route.ts";

export const filesRoutes = {} satisfies Record<string, Route>;
