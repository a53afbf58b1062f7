/**
 * Six that people tell apart whatever colours they see (after Okabe and Ito), each of another
 * lightness than its neighbours; then one for all others.
 */
const LIGHT = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];
const DARK = ["#3f9fd8", "#f0b429", "#2bc598", "#dd9bc0", "#8fd0f5", "#ee7f3a"];

export function coloursOf(isDark: boolean): {
  readonly own: readonly string[];
  readonly others: string;
} {
  return { own: isDark ? DARK : LIGHT, others: isDark ? "#7d8998" : "#8c96a1" };
}
