import { SluiceError } from "@sluice/model";

/** What a setting may be in a cluster file; booleans become YES and NO. */
export type SettingValue = string | number | boolean;
export type Settings = Readonly<Record<string, SettingValue>>;

/**
 * `Key=value`, quoted where a blank needs it, with the characters escaped that Slurm reads as more
 * than themselves: `#` begins a comment, a backslash at the end of a line joins the next one to it.
 *
 * This is the last line of defence: whoever can write into slurm.conf can have slurmctld run a
 * program, so what would end a line or a value gets no further.
 *
 * @throws SluiceError `SLURM_CONF_UNSAFE`.
 */
export function setting(key: string, value: SettingValue): string {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) throw unsafe(key, undefined, "is not a parameter name");
  if (key.toLowerCase() === "include") throw unsafe(key, undefined, "would read another file");
  const text = typeof value === "boolean" ? (value ? "YES" : "NO") : String(value).trim();
  if (text === "") throw unsafe(key, text, "is empty");
  const inner = /^".*"$/.test(text) ? text.slice(1, -1) : text;
  const why = unwritable(inner);
  if (why !== undefined) throw unsafe(key, text, why);
  const isQuoted = inner !== text || /\s/.test(inner);
  return isQuoted ? `${key}=${quoted(inner)}` : `${key}=${escaped(inner)}`;
}

/**
 * `Key="text"` with the text exactly as it is, blanks at its ends included. No error shows it.
 *
 * @throws SluiceError `SLURM_CONF_UNSAFE`.
 */
export function secretSetting(key: string, text: string): string {
  const why = text === "" ? "is empty" : unwritable(text);
  if (why !== undefined) throw unsafe(key, undefined, why);
  return `${key}=${quoted(text)}`;
}

/** Why no line of a file of Slurm's can have this text; undefined when one can. */
function unwritable(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text)) {
    return "has a line break or control character";
  }
  return text.includes('"') ? "has a quote inside" : undefined;
}

const quoted = (text: string): string => `"${escaped(text)}"`;

const escaped = (text: string): string => text.replaceAll(/[\\#]/g, "\\$&");

/** One line of several settings, `NodeName=a CPUs=2`. A later map overrides an earlier one. */
export function settingsLine(...layers: readonly Settings[]): string {
  return [...merge(layers)].map(([key, value]) => setting(key, value)).join(" ");
}

/**
 * A setting a line. A later map overrides an earlier one, whatever the case of its keys; where the
 * value is a list of parameters, it adds its own to them and overrides those of their name.
 */
export function settingsBlock(...layers: readonly Settings[]): string[] {
  return [...merge(layers, PARAMETER_LISTS)].map(([key, value]) => setting(key, value));
}

/** Lists in which ours are needed whatever an administrator adds to them. */
const PARAMETER_LISTS: ReadonlySet<string> = new Set([
  "accountingstoragetres",
  "accountingstoreflags",
  "debugflags",
  "privatedata",
  "schedulerparameters",
  "slurmctldparameters",
  "slurmdparameters",
]);

function merge(
  layers: readonly Settings[],
  lists: ReadonlySet<string> = new Set(),
): Map<string, SettingValue> {
  const spelled = new Map<string, string>();
  const merged = new Map<string, SettingValue>();
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      const lower = key.toLowerCase();
      const known = spelled.get(lower) ?? key;
      const before = lists.has(lower) ? merged.get(known) : undefined;
      spelled.set(lower, known);
      merged.set(known, before === undefined ? value : joined(before, value));
    }
  }
  return merged;
}

function joined(before: SettingValue, value: SettingValue): string {
  const added = parametersOf(value);
  const replaced = new Set(added.map(nameOf));
  return [...parametersOf(before).filter((one) => !replaced.has(nameOf(one))), ...added].join(",");
}

function parametersOf(value: SettingValue): readonly string[] {
  const text = String(value).trim();
  const inner = /^".*"$/.test(text) ? text.slice(1, -1) : text;
  return inner.split(",").flatMap((one) => one.trim() || []);
}

const nameOf = (parameter: string): string => parameter.split("=", 1)[0]?.toLowerCase() ?? "";

function unsafe(key: string, value: string | undefined, why: string): SluiceError {
  const shown = value && JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  const what = shown ? `${key} = ${shown}` : JSON.stringify(key.slice(0, 60));
  return new SluiceError("SLURM_CONF_UNSAFE", "user", `Slurm setting ${what} ${why}`, {
    hint: "Change the value in the cluster file; it must fit on one line of slurm.conf.",
  });
}
