export { askedOption } from "./asked-option.ts";
export { askedTres } from "./asked-tres.ts";
export { knownStart, type TestOnly, testOnlyOf } from "./test-only.ts";
export { askedTimeLimit, partitionTimeLimit } from "./time-limit.ts";
