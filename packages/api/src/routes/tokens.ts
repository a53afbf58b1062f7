import type { Route } from "../route.ts";

export const tokensRoutes = {} satisfies Record<string, Route>;
