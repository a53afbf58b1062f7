export type Quote = "single" | "double";

export interface ScalarStyle {
  /** Which quotes to use where any do. */
  readonly quote: Quote;
  /** Inside brackets, where commas and colons mean more. */
  readonly inFlow: boolean;
}

/**
 * A scalar on one line, such that readers of YAML 1.1 and of 1.2 both read this value. Strings are
 * without quotes only where no reader could take them for something else.
 */
export function scalarText(value: unknown, style: ScalarStyle): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "string") return String(value ?? null);
  return isPlain(value, style.inFlow) ? value : quoted(value, style.quote);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  if (Object.is(value, -0)) return "-0";
  // YAML 1.1 knows exponents only after a point.
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}

/** Letters first, no indicator anywhere. */
const WORD = /^[A-Za-z_/][\w ./+@=:,()-]*$/;
/** `10m` and `90s`, but neither `0o7` nor `0x7` nor `1e7` nor `0b1`. */
const AMOUNT = /^\d+[acdf-np-wyzACDF-NP-WYZ][\w-]*$/;
const NETWORK = /^\d+(?:\.\d+){3}\/\d+$/;
/** What YAML 1.1 or 1.2 takes for something that is no string. */
const MISREAD = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|e[+-]?\d+)$/i;

function isPlain(text: string, inFlow: boolean): boolean {
  if (AMOUNT.test(text) || NETWORK.test(text)) return true;
  if (!WORD.test(text) || MISREAD.test(text)) return false;
  if (/: |:$| $/.test(text)) return false;
  return !(inFlow && /[,:]/.test(text));
}

/** In the other quotes where these can't hold it. */
export function quoted(text: string, quote: Quote): string {
  if (quote === "single" && /^[\x20-\x7e\u00a0-\u2027\u2030-\ud7ff\ue000-\ufefe]*$/.test(text)) {
    return `'${text.replaceAll("'", "''")}'`;
  }
  // JSON escapes neither these nor what they do to a terminal or a reader of YAML 1.1.
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
