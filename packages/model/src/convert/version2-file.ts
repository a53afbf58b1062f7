import { type Finding, type FindingLevel, showValue } from "../cluster-file/finding.ts";
import { nearest } from "../cluster-file/nearest.ts";
import type { Ini, IniOption, IniSection, TextPlace } from "./ini.ts";
import { isSecret, isSectionKind, type SectionKind, VERSION2_KEYS } from "./version2-keys.ts";

const ID = "ConversionValidator";
/** Values that refer to values could double at each step. */
const MAX_REFERENCES = 10;
const MAX_REFERRED_LENGTH = 1000;
/** Version 2 has at most 5 queues with 3 compute resources; the rest of a list is a mistake. */
const MAX_ENTRIES = 50;
/** More findings than this help nobody. */
const MAX_FINDINGS = 500;

/** What is to be said about a key or a section of the old file. */
export interface Saying {
  readonly level: FindingLevel;
  readonly message: string;
  readonly suggestion: string;
}

/** A version-2 file: its sections, what was read of them, and what there is to say about them. */
export class Version2File {
  readonly name: string;
  readonly findings: Finding[] = [];
  readonly #ini: Ini;
  readonly #sections = new Map<string, Version2Section>();
  readonly #used = new Set<Version2Section>();
  readonly #said = new Set<string>();

  constructor(ini: Ini, name: string) {
    this.#ini = ini;
    this.name = name;
    for (const { place, message, suggestion } of ini.problems) {
      this.say(place, { level: "ERROR", message, suggestion }, { id: "IniSyntaxValidator" });
    }
    for (const section of ini.sections.values()) {
      const words = section.name.trim().split(/\s+/);
      const key = words.join(" ");
      if (!this.#sections.has(key)) {
        this.#sections.set(key, new Version2Section(this, section, words[0] ?? ""));
      }
    }
  }

  /** When nothing more is said. */
  get isFull(): boolean {
    return this.findings.length >= MAX_FINDINGS;
  }

  get defaults(): ReadonlyMap<string, IniOption> {
    return this.#ini.defaults;
  }

  /** `[kind label]`, or `[kind]`; what nobody asks for is told as unused. */
  section(kind: SectionKind, label?: string): Version2Section | undefined {
    const found = this.#sections.get(label === undefined ? kind : `${kind} ${label}`);
    if (found !== undefined) this.#used.add(found);
    return found;
  }

  /** Labels of the sections of a kind, in the order of the file. */
  labels(kind: SectionKind): string[] {
    const prefix = `${kind} `;
    return [...this.#sections.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }

  /** Each thing is said once, however often it is come across. */
  say(
    place: TextPlace,
    saying: Saying,
    { id = ID, path = "", value = "" }: { id?: string; path?: string; value?: string } = {},
  ): void {
    const key = `${place.line}:${place.column} ${path} ${saying.message}`;
    if (this.isFull || this.#said.has(key)) return;
    this.#said.add(key);
    this.findings.push({ id, file: this.name, ...place, path, value, ...saying });
  }

  /** Says what was left over: sections that nothing refers to, and keys that nothing asked for. */
  sayLeftOver(): void {
    for (const section of this.#sections.values()) {
      if (this.isFull) return;
      if (this.#used.has(section)) section.sayLeftOver();
      else section.sayUnused();
    }
  }
}

/** A section of a version-2 file. A value `NONE` counts as none, as it did there. */
export class Version2Section {
  readonly #file: Version2File;
  readonly #section: IniSection;
  readonly #kind: string;
  readonly #read = new Set<string>();

  constructor(file: Version2File, section: IniSection, kind: string) {
    this.#file = file;
    this.#section = section;
    this.#kind = kind;
  }

  /** `[queue main]`, safe to show. */
  get title(): string {
    return `[${showValue(this.#section.name).slice(1, -1)}]`;
  }

  text(key: string): string | undefined {
    const option = this.#find(key);
    if (option === undefined) return undefined;
    const value = this.#interpolated(option);
    return value === "" || value === "NONE" ? undefined : value;
  }

  /** Separated by commas; empty entries and repeated ones left out. */
  list(key: string): string[] {
    const entries = (this.text(key) ?? "").split(",").map((entry) => entry.trim());
    return this.#shortened(key, [...new Set(entries.filter((entry) => entry !== ""))]);
  }

  /** Separated by blanks, without quotes. */
  words(key: string): string[] {
    const words = (this.text(key) ?? "").replace(/["']/g, "").split(/\s+/);
    return this.#shortened(key, words.filter(Boolean));
  }

  integer(key: string, from = 0): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const value = /^\+?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from) return value;
    return this.#refuse(key, text, `a whole number from ${from}`);
  }

  number(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const isNumber = /^\+?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})$/.test(text);
    return isNumber ? Number(text) : this.#refuse(key, text, "a number");
  }

  boolean(key: string): boolean | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    if (/^(1|yes|true|on)$/i.test(text)) return true;
    if (/^(0|no|false|off)$/i.test(text)) return false;
    return this.#refuse(key, text, "true or false");
  }

  /** One of the values, in any case; the first spelling is what is returned. */
  choice<T extends string>(key: string, values: readonly T[]): T | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const found = values.find((value) => value.toLowerCase() === text.toLowerCase());
    return found ?? this.#refuse(key, text, values.join(" or "));
  }

  /** Says it at the key's value, or at the section when the key is not there. */
  say(key: string | undefined, saying: Saying): void {
    const option = key === undefined ? undefined : this.#find(key);
    const path = key === undefined ? this.title : `${this.title} ${key}`;
    const value = option === undefined || isSecret(option.name) ? "" : showValue(option.raw);
    this.#file.say(option?.valuePlace ?? this.#section.place, saying, { path, value });
  }

  sayUnused(): void {
    const kind = nearest(this.#kind, Object.keys(VERSION2_KEYS));
    const isKnown = isSectionKind(this.#kind);
    const message = isKnown
      ? "nothing in the cluster refers to this section, so it was not brought over"
      : "version 2 has no such section, so it was not brought over";
    const suggestion =
      this.#kind === "cluster"
        ? "name it with --cluster-template to convert it to a file of its own"
        : isKnown || kind === undefined
          ? "remove it"
          : `write [${kind} …]`;
    this.say(undefined, { level: isKnown ? "INFO" : "WARNING", message, suggestion });
  }

  sayLeftOver(): void {
    const known: readonly string[] = isSectionKind(this.#kind) ? VERSION2_KEYS[this.#kind] : [];
    for (const { name } of this.#section.options.values()) {
      if (this.#read.has(name) || this.#file.isFull) continue;
      if (known.includes(name)) {
        const message = "this had no effect beside the other settings of the file";
        this.say(name, { level: "INFO", message, suggestion: "remove it" });
        continue;
      }
      const meant = nearest(name, known);
      const suggestion = meant === undefined ? "remove it" : `write ${meant}`;
      const message = "version 2 has no such key here, so it was not brought over";
      this.say(name, { level: "WARNING", message, suggestion });
    }
  }

  #shortened(key: string, entries: string[]): string[] {
    if (entries.length <= MAX_ENTRIES) return entries;
    this.say(key, {
      level: "ERROR",
      message: `these are ${entries.length} entries, and no more than ${MAX_ENTRIES} were brought over`,
      suggestion: "check that this is what was meant",
    });
    return entries.slice(0, MAX_ENTRIES);
  }

  #find(key: string): IniOption | undefined {
    this.#read.add(key);
    return this.#section.options.get(key) ?? this.#file.defaults.get(key);
  }

  #refuse(key: string, text: string, expected: string): undefined {
    const message = `${showValue(text)} is not ${expected}, so it was not brought over`;
    this.say(key, { level: "ERROR", message, suggestion: `write ${expected}` });
    return undefined;
  }

  /** `%%` is a percent sign and `%(key)s` another value of the section, as for ConfigParser. */
  #interpolated(option: IniOption): string {
    if (!option.raw.includes("%")) return option.raw;
    let wrong: string | undefined;
    let references = 0;
    const expand = (raw: string): string =>
      raw.replace(/%(%|\(([^)]*)\)s)?/g, (whole, form?: string, name?: string) => {
        if (form === "%") return "%";
        const referred = name?.toLowerCase();
        const other =
          referred === undefined
            ? undefined
            : (this.#section.options.get(referred) ?? this.#file.defaults.get(referred));
        references += 1;
        if (other === undefined || references > MAX_REFERENCES) {
          wrong ??= whole;
          return whole;
        }
        return expand(other.raw.slice(0, MAX_REFERRED_LENGTH));
      });
    const value = expand(option.raw);
    if (wrong !== undefined) {
      const message = `${showValue(wrong)} is no reference that can be followed, and was taken as it is`;
      const suggestion = "write %% for a percent sign";
      this.say(option.name, { level: "WARNING", message, suggestion });
    }
    return value;
  }
}
