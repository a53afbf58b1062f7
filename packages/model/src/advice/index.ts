export { type AdviceOptions, adviseOn, savableUsdPerMonth } from "./advise.ts";
export {
  ADVICE_LEVELS,
  type Advice,
  type AdviceCost,
  type AdviceFix,
  type AdviceLevel,
  type AdviceResult,
  type Evidence,
} from "./contract.ts";
export {
  type AppliedAdvice,
  type FixOptions,
  type FixResult,
  fixText,
  type TextChange,
} from "./fix.ts";
export { PITFALLS, type Pitfall } from "./pitfalls.ts";
export { renderAdvicePage } from "./reference.ts";
export { adviceRules } from "./selection.ts";
