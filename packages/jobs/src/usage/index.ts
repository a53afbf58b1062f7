export * from "./contract.ts";
export { createUsage, type UsageParts } from "./create-usage.ts";
export { type Day, dayOf, daysAfter, daysBetween, startOfDay, weekOf } from "./days.ts";
export { MEASURES, type Measures, nothing, WAIT_BOUNDS, waitOf } from "./measures.ts";
export { PriceBook } from "./price-book.ts";
export { type JobPrice, jobPrices, type KnownMachine, type PricedJob } from "./prices.ts";
