import { showValue } from "../cluster-file/finding.ts";

/** Counted from 1; columns in UTF-16 units. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export interface IniOption {
  /** In lower case, as Python's ConfigParser has it. */
  readonly name: string;
  /** Lines of a continued value are joined by line feeds; `%` is as it was written. */
  readonly raw: string;
  readonly keyPlace: TextPlace;
  readonly valuePlace: TextPlace;
}

export interface IniSection {
  readonly name: string;
  readonly place: TextPlace;
  readonly options: Map<string, IniOption>;
}

export interface IniProblem {
  readonly place: TextPlace;
  readonly message: string;
  readonly suggestion: string;
}

export interface Ini {
  readonly sections: ReadonlyMap<string, IniSection>;
  /** Of `[DEFAULT]`, which count in every section. */
  readonly defaults: ReadonlyMap<string, IniOption>;
  readonly problems: readonly IniProblem[];
}

const MAX_LENGTH = 256 * 1024;
const MAX_PROBLEMS = 100;
const DEFAULT_SECTION = "DEFAULT";

/**
 * Reads an INI file as Python's ConfigParser does with `#` and `;` as comments, also behind a
 * value: keys in any case, `=` or `:`, values that go on in indented lines. What ConfigParser would
 * end at is a problem here, and reading goes on. Never throws.
 *
 * @see https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
 */
export function readIni(text: string): Ini {
  if (text.length > MAX_LENGTH) return tooLong(text.length);
  const reader = new Reader();
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) reader.line(line, index + 1);
  return reader.end();
}

function tooLong(length: number): Ini {
  const message = `the file has ${length} characters, and a version-2 file at most ${MAX_LENGTH}`;
  const place = { line: 1, column: 1 };
  const suggestion = "check that this is the right file";
  return {
    sections: new Map(),
    defaults: new Map(),
    problems: [{ place, message, suggestion }],
  };
}

interface Growing {
  readonly option: Omit<IniOption, "raw">;
  readonly lines: string[];
}

class Reader {
  readonly #sections = new Map<string, IniSection>();
  readonly #defaults = new Map<string, IniOption>();
  readonly #problems: IniProblem[] = [];
  /** Where options go; undefined before the first section. */
  #options: Map<string, IniOption> | undefined;
  #growing: Growing | undefined;
  /** Of the line that the current option or section began in. */
  #indent = 0;

  line(line: string, number: number): void {
    const comment = commentStart(line);
    const content = line.slice(0, comment).trim();
    if (content === "") {
      // An empty line may stand inside of a value; one with a comment leaves no trace.
      if (comment === line.length) this.#growing?.lines.push("");
      return;
    }
    const indent = line.length - line.trimStart().length;
    if (this.#growing !== undefined && indent > this.#indent) {
      this.#growing.lines.push(content);
      return;
    }
    this.#indent = indent;
    this.#endOption();
    const place = { line: number, column: indent + 1 };
    const header = /^\[(.+)\]/.exec(content)?.[1];
    if (header !== undefined) this.#section(header, place);
    else this.#option(content, place);
  }

  end(): Ini {
    this.#endOption();
    return {
      sections: this.#sections,
      defaults: this.#defaults,
      problems: this.#problems.slice(0, MAX_PROBLEMS),
    };
  }

  #section(name: string, place: TextPlace): void {
    if (name === DEFAULT_SECTION) {
      this.#options = this.#defaults;
      return;
    }
    const known = this.#sections.get(name);
    if (known !== undefined) {
      const message = `the section ${showValue(`[${name}]`)} is here twice, first in line ${known.place.line}`;
      this.#report(place, message, "move its keys into the first one");
    }
    const section = known ?? { name, place, options: new Map() };
    this.#sections.set(name, section);
    this.#options = section.options;
  }

  #option(content: string, place: TextPlace): void {
    if (this.#options === undefined) {
      const message = "this line stands before the first section";
      this.#report(place, message, "write a section such as [cluster default] above it");
      return;
    }
    const [, before, delimiter, value = ""] = /^([^=:]*)([=:])\s*(.*)$/s.exec(content) ?? [];
    const name = before?.trim().toLowerCase();
    if (delimiter === undefined || name === undefined || name === "") {
      this.#report(place, `${showValue(content)} is not a setting`, "write `key = value`");
      return;
    }
    const known = this.#options.get(name);
    if (known !== undefined) {
      const message = `the key ${showValue(name)} is here twice, first in line ${known.keyPlace.line}, and the first one counts`;
      this.#report(place, message, "keep one of them");
      return;
    }
    const valueColumn = place.column + content.length - value.length;
    this.#growing = {
      option: { name, keyPlace: place, valuePlace: { line: place.line, column: valueColumn } },
      lines: [value],
    };
  }

  #endOption(): void {
    if (this.#growing === undefined) return;
    const { option, lines } = this.#growing;
    this.#options?.set(option.name, { ...option, raw: lines.join("\n").trimEnd() });
    this.#growing = undefined;
  }

  #report(place: TextPlace, message: string, suggestion: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ place, message, suggestion });
  }
}

/** A `#` or `;` begins a comment at the start of a line or behind white space. */
function commentStart(line: string): number {
  const match = /(^|\s)[#;]/.exec(line);
  if (match === null) return line.length;
  return match.index + (match[1] ?? "").length;
}
