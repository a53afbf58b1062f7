import type { Route } from "../route.ts";

export const runsRoutes = {} satisfies Record<string, Route>;
