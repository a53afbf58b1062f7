import { SluiceError } from "@sluice/model";

/** What a setting may be in a cluster file; booleans become YES and NO. */
export type SettingValue = string | number | boolean;
export type Settings = Readonly<Record<string, SettingValue>>;

/**
 * `Key=value`, quoted where a blank needs it.
 *
 * This is the last line of defence: whoever can write into slurm.conf can have slurmctld run a
 * program, so nothing that ends a line, continues it or begins a comment gets through.
 *
 * @throws SluiceError `SLURM_CONF_UNSAFE`.
 */
export function setting(key: string, value: SettingValue): string {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) throw unsafe(key, key, "is not a parameter name");
  const text = typeof value === "boolean" ? (value ? "YES" : "NO") : String(value).trim();
  if (text === "") throw unsafe(key, text, "is empty");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text)) {
    throw unsafe(key, text, "has a line break or control character");
  }
  if (/[#\\]/.test(text)) throw unsafe(key, text, "has a '#' or a backslash");
  const inner = /^".*"$/.test(text) ? text.slice(1, -1) : text;
  if (inner.includes('"')) throw unsafe(key, text, "has a quote inside");
  return /\s/.test(inner) ? `${key}="${inner}"` : `${key}=${text}`;
}

/** One line of several settings, `NodeName=a CPUs=2`. A later map overrides an earlier one. */
export function settingsLine(...layers: readonly Settings[]): string {
  return [...merge(layers)].map(([key, value]) => setting(key, value)).join(" ");
}

/** A setting a line. A later map overrides an earlier one, whatever the case of its keys. */
export function settingsBlock(...layers: readonly Settings[]): string[] {
  return [...merge(layers)].map(([key, value]) => setting(key, value));
}

function merge(layers: readonly Settings[]): Map<string, SettingValue> {
  const spelled = new Map<string, string>();
  const merged = new Map<string, SettingValue>();
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      const known = spelled.get(key.toLowerCase());
      spelled.set(key.toLowerCase(), known ?? key);
      merged.set(known ?? key, value);
    }
  }
  return merged;
}

function unsafe(key: string, value: string, why: string): SluiceError {
  const shown = JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  const what = key === value ? shown : `${key} = ${shown}`;
  return new SluiceError("SLURM_CONF_UNSAFE", "user", `Slurm setting ${what} ${why}`, {
    hint: "Change the value in the cluster file; it must fit on one line of slurm.conf.",
  });
}
