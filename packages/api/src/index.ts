export * from "./access.ts";
export * from "./page.ts";
export * from "./problem.ts";
export * from "./route.ts";
export * from "./routes/index.ts";
