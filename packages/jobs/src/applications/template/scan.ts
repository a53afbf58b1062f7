import { isRiskyDeclaration, whyNotExact } from "./evaluators.ts";

/** How bash reads the place where a value stands, and so how the value is written there. */
export type Setting = "word" | "double" | "single" | "plain";

export interface Spot {
  readonly setting: Setting;
  /** Why only a number may stand here. */
  readonly onlyNumbers: string | undefined;
  /** Why nothing may stand here. */
  readonly nothing: string | undefined;
  /** The value is a word of its own, so that several may stand in its place. */
  readonly isWholeWord: boolean;
}

/** A value, in the order of the template. */
export const VALUE_MARK = "\u0000";
/** A line that opens or closes a block. */
export const BLOCK_MARK = "\u0001";

export class TooIntricate extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

interface HereDocument {
  readonly delimiter: string;
  readonly isQuoted: boolean;
  readonly stripsTabs: boolean;
}

/** The simple command that is being read. */
interface CommandState {
  words: string[];
  /** The word that is being read, quotes removed; undefined between words. */
  word: string | undefined;
  hasExpansion: boolean;
  redirect: "none" | "file" | "here-string";
  isInArray: boolean;
  isInTest: boolean;
}

const RESERVED: ReadonlySet<string> = new Set([
  ...["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time"],
  ...["esac", "function"],
]);
const WORD_END = new Set([" ", "\t", "\n", ";", ")", "|", "&", "<", ">", undefined]);

/**
 * Reads bash as far as it must be known where quotes, comments and here-documents begin and end, and
 * tells for each value what stands around it. What it can't follow it refuses by `TooIntricate`,
 * rather than guess.
 */
export function scanScript(text: string): readonly Spot[] {
  return new Scanner(text).scan();
}

class Scanner {
  readonly #text: string;
  readonly #spots: Spot[] = [];
  #at = 0;
  #hereDocuments: HereDocument[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  scan(): readonly Spot[] {
    this.#code(undefined);
    if (this.#hereDocuments.length > 0) throw this.#intricate("a here-document has no end");
    return this.#spots;
  }

  #intricate(message: string): TooIntricate {
    return new TooIntricate(Math.min(this.#at, this.#text.length - 1), message);
  }

  /** Where a line ends inside a word, bash and its versions differ in where a body begins. */
  #noLineEnd(): void {
    if (this.#hereDocuments.length > 0) {
      throw this.#intricate("a line ends inside a word before a here-document");
    }
  }

  #peek(ahead = 0): string | undefined {
    return this.#text[this.#at + ahead];
  }

  /** @param closer what ends it: nothing at the top, a parenthesis in a substitution. */
  #code(closer: ")" | undefined): void {
    const isInner = closer !== undefined;
    let depth = 0;
    let state = fresh();
    const endWord = () => {
      const { word, hasExpansion } = state;
      if (word === undefined) return;
      const isTarget = state.redirect !== "none";
      state = { ...state, word: undefined, hasExpansion: false, redirect: "none" };
      if (isTarget || state.isInArray) return;
      if (isInner && (word === "case" || word === "esac")) {
        throw this.#intricate("a case stands in a substitution");
      }
      if (state.words.length === 0 && RESERVED.has(word)) return;
      if (state.words.length === 0 && word === "[[") state.isInTest = true;
      if (state.words.length === 0 && /^[A-Za-z_]\w*\+?=/.test(word)) return;
      state.words.push(hasExpansion ? `$${word}` : word);
      if (word === "]]") state.isInTest = false;
      if (isRiskyDeclaration(state.words)) {
        throw this.#intricate("declare -i and -n make bash evaluate what is assigned");
      }
    };
    const endCommand = () => {
      endWord();
      state = fresh();
    };
    for (;;) {
      const character = this.#peek();
      if (character === undefined) {
        if (isInner) throw this.#intricate("a parenthesis is not closed");
        if (state.isInArray || state.isInTest) throw this.#intricate("a bracket is not closed");
        endWord();
        return;
      }
      switch (character) {
        case VALUE_MARK:
          this.#value(state);
          break;
        case BLOCK_MARK:
          endWord();
          if (isInner || state.words.length > 0 || state.isInArray || state.isInTest || depth > 0) {
            throw this.#intricate("a block begins or ends inside a command");
          }
          this.#at += 1;
          break;
        case "\\": {
          const next = this.#peek(1);
          if (next === VALUE_MARK) this.#refuseNext("a backslash stands before it", 1);
          else {
            if (next !== "\n") state.word = (state.word ?? "") + (next ?? "");
            this.#at += 2;
          }
          break;
        }
        case "'":
          this.#at += 1;
          state.word = (state.word ?? "") + this.#single(state);
          break;
        case '"':
          this.#at += 1;
          this.#double(state);
          break;
        case "`":
          state.word ??= "";
          state.hasExpansion = true;
          this.#backticks();
          break;
        case "$":
          this.#dollar(state, false);
          break;
        case "#":
          if (state.word === undefined) this.#comment();
          else {
            state.word += "#";
            this.#at += 1;
          }
          break;
        case "\n":
          this.#at += 1;
          if (state.isInArray || state.isInTest) endWord();
          else endCommand();
          if (isInner) this.#noLineEnd();
          if (this.#hereDocuments.length > 0) this.#bodies();
          break;
        case " ":
        case "\t":
          endWord();
          this.#at += 1;
          break;
        case ";":
        case "|":
        case "&":
          if (state.isInArray) throw this.#intricate("a command ends in an array");
          this.#at += 1;
          if (character === "&" && this.#peek() === ">") endWord();
          else if (state.isInTest) endWord();
          else endCommand();
          break;
        case "<":
        case ">":
          if (state.isInArray && this.#peek(1) !== "(") {
            throw this.#intricate("a redirection stands in an array");
          }
          if (/^(\d+|\{\w+\})$/.test(state.word ?? "")) state.word = undefined;
          endWord();
          this.#redirect(state, isInner);
          break;
        case "(":
          if (state.isInTest || state.isInArray) {
            throw this.#intricate("a parenthesis stands in brackets");
          }
          if (/^[A-Za-z_]\w*\+?=$/.test(state.word ?? "") && state.words.length === 0) {
            state = { ...fresh(), isInArray: true };
          } else {
            if (this.#peek(1) === "(") {
              const isLoop = state.words.length === 1 && state.words[0] === "for";
              if (state.word !== undefined || (state.words.length > 0 && !isLoop)) {
                throw this.#intricate("(( stands inside a command");
              }
              this.#arithmetic(1, isLoop);
              break;
            }
            const isFunction = /^\(\s*\)/.test(this.#text.slice(this.#at, this.#at + 10));
            if ((state.word !== undefined || state.words.length > 0) && !isFunction) {
              throw this.#intricate("a parenthesis stands inside a command");
            }
            endCommand();
            depth += 1;
          }
          this.#at += 1;
          break;
        case ")":
          this.#at += 1;
          if (state.isInArray) {
            endWord();
            // What follows belongs to the assignment's word.
            state = { ...fresh(), word: "a=" };
            break;
          }
          endCommand();
          if (depth > 0) depth -= 1;
          else if (isInner) return;
          break;
        default:
          state.word = (state.word ?? "") + character;
          this.#at += 1;
      }
    }
  }

  #push(spot: Partial<Spot>): void {
    this.#spots.push({
      setting: "plain",
      onlyNumbers: undefined,
      nothing: undefined,
      isWholeWord: false,
      ...spot,
    });
  }

  /** A value after something that would change what its quotes mean. */
  #refuseNext(reason: string, skip: number): void {
    this.#push({ nothing: reason });
    this.#at += skip + 1;
  }

  #value(state: CommandState): void {
    const next = this.#peek(1);
    const isWholeWord = state.word === undefined && WORD_END.has(next);
    const onlyNumbers = this.#reason(state, false);
    const isDescriptor = state.word === undefined && (next === "<" || next === ">");
    this.#push({
      setting: "word",
      onlyNumbers,
      isWholeWord: isWholeWord && state.redirect === "none" && !isDescriptor,
      nothing: isDescriptor
        ? "as a number before < or > it would name a file descriptor"
        : this.#asCommand(state),
    });
    state.word = `${state.word ?? ""}\u0002`;
    state.hasExpansion = true;
    this.#at += 1;
  }

  /** Not even a number is a good command, unless it is part of a path. */
  #asCommand({ words, word, redirect, isInArray }: CommandState): string | undefined {
    const isFirst = words.length === 0 && redirect === "none" && !isInArray;
    if (!isFirst || /[/=]/.test(word ?? "")) return undefined;
    return "the value would be the command itself";
  }

  #reason(state: CommandState, isQuoted: boolean): string | undefined {
    if (state.isInTest) return "[[ ]] reckons with what it compares; [ ] does not";
    if (state.isInArray) {
      return (state.word ?? "").includes("[") ? "bash reckons with what is in [ ]" : undefined;
    }
    const { words, word, redirect } = state;
    return whyNotExact({ words, prefix: word ?? "", isQuoted, redirect });
  }

  #single(state: CommandState): string {
    const from = this.#at;
    for (;;) {
      const character = this.#peek();
      if (character === undefined) throw this.#intricate("a quote is not closed");
      if (character === BLOCK_MARK) throw this.#intricate("a block begins or ends inside quotes");
      if (character === "\n") this.#noLineEnd();
      this.#at += 1;
      if (character === "'") {
        const word = this.#text.slice(from, this.#at - 1);
        state.hasExpansion ||= word.includes(VALUE_MARK);
        return word.replaceAll(VALUE_MARK, "\u0002");
      }
      if (character === VALUE_MARK) {
        const prefix = (state.word ?? "") + this.#text.slice(from, this.#at - 1);
        const onlyNumbers = this.#reason({ ...state, word: prefix }, true);
        const nothing = this.#asCommand({ ...state, word: prefix });
        this.#push({ setting: "single", onlyNumbers, nothing });
      }
    }
  }

  #double(state: CommandState): void {
    state.word ??= "";
    for (;;) {
      const character = this.#peek();
      if (character === undefined) throw this.#intricate("a quote is not closed");
      if (character === BLOCK_MARK) throw this.#intricate("a block begins or ends inside quotes");
      switch (character) {
        case '"':
          this.#at += 1;
          return;
        case "\\":
          if (this.#peek(1) === VALUE_MARK) this.#refuseNext("a backslash stands before it", 1);
          else {
            state.word += this.#peek(1) ?? "";
            this.#at += 2;
          }
          break;
        case "`":
          state.hasExpansion = true;
          this.#backticks();
          break;
        case "$":
          this.#dollar(state, true);
          break;
        case VALUE_MARK:
          this.#push({
            setting: "double",
            onlyNumbers: this.#reason(state, true),
            nothing: this.#asCommand(state),
          });
          state.word += "\u0002";
          state.hasExpansion = true;
          this.#at += 1;
          break;
        default:
          if (character === "\n") this.#noLineEnd();
          state.word += character;
          this.#at += 1;
      }
    }
  }

  #dollar(state: CommandState, isQuoted: boolean): void {
    const next = this.#peek(1);
    if (next === VALUE_MARK) {
      state.word ??= "";
      this.#refuseNext("a dollar stands before it", 1);
      return;
    }
    state.word ??= "";
    if (next === "'" && !isQuoted) {
      this.#at += 2;
      this.#ansi();
    } else if (next === '"' && !isQuoted) {
      this.#at += 2;
      this.#double(state);
    } else if (next === "[") {
      throw this.#intricate("$[ ] is too old; write $(( ))");
    } else if (next === "{") {
      state.hasExpansion = true;
      this.#at += 2;
      this.#parameter(isQuoted);
    } else if (next === "(" && this.#peek(2) === "(") {
      state.hasExpansion = true;
      this.#arithmetic(2);
    } else if (next === "(") {
      state.hasExpansion = true;
      this.#at += 2;
      this.#code(")");
    } else {
      state.hasExpansion ||= /[\w@*#?$!-]/.test(next ?? "");
      // Of these the second would be read as something else.
      const isSpecial = next === "#" || next === "$";
      state.word += isSpecial ? next : "";
      this.#at += isSpecial ? 2 : 1;
    }
  }

  /** `$'…'` */
  #ansi(): void {
    for (;;) {
      const character = this.#peek();
      if (character === undefined) throw this.#intricate("a quote is not closed");
      if (character === BLOCK_MARK) throw this.#intricate("a block begins or ends inside quotes");
      if (character === "\\" && this.#peek(1) !== VALUE_MARK) this.#at += 2;
      else {
        this.#at += 1;
        if (character === "'") return;
        if (character === VALUE_MARK) this.#push({ onlyNumbers: "it stands in $'…'" });
        if (character === "\\") this.#refuseNext("a backslash stands before it", 0);
      }
    }
  }

  #backticks(): void {
    this.#at += 1;
    for (;;) {
      const character = this.#peek();
      if (character === undefined) throw this.#intricate("a backtick is not closed");
      if (character === BLOCK_MARK)
        throw this.#intricate("a block begins or ends inside backticks");
      if (character === "\n") this.#noLineEnd();
      if (character === VALUE_MARK) this.#push({ nothing: "it stands in backticks; write $( )" });
      this.#at += character === "\\" && this.#peek(1) !== VALUE_MARK ? 2 : 1;
      if (character === "`") return;
    }
  }

  /** `${…}`: anything in it that would need more than counting is refused. */
  #parameter(isQuoted: boolean): void {
    for (;;) {
      const character = this.#peek();
      if (character === undefined) throw this.#intricate("an expansion with braces is not closed");
      if (character === "}") {
        this.#at += 1;
        return;
      }
      if (character === VALUE_MARK) {
        this.#push({ onlyNumbers: "it stands in an expansion with braces" });
        this.#at += 1;
      } else if (character === "$" && this.#peek(1) === "{") {
        this.#at += 2;
        this.#parameter(isQuoted);
      } else if (character === "$" && /[\w@*#?!-]/.test(this.#peek(1) ?? "")) {
        this.#at += 2;
      } else if ("'\"`\\$({\n".includes(character) || character === BLOCK_MARK) {
        throw this.#intricate("an expansion with braces holds quotes, escapes or substitutions");
      } else this.#at += 1;
    }
  }

  /** `((…))` and `$((…))`. @param opening characters before the first of its parentheses's second. */
  #arithmetic(opening: 1 | 2, isLoop = false): void {
    this.#at += opening + 1;
    let depth = 0;
    for (;;) {
      const character = this.#peek();
      if (character === undefined) throw this.#intricate("(( is not closed");
      if (character === VALUE_MARK) {
        if (["$", "\\"].includes(this.#peek(-1) ?? ""))
          throw this.#intricate("a dollar stands before a value");
        this.#push({ onlyNumbers: "bash reckons with it" });
      } else if (character === "(") depth += 1;
      else if (character === ")" && depth > 0) depth -= 1;
      else if (character === ")") {
        if (this.#peek(1) !== ")") throw this.#intricate("(( is not closed by ))");
        this.#at += 2;
        return;
      } else if (
        "'\"`\\\n{".includes(character) ||
        (character === ";" && !isLoop) ||
        (character === "$" && this.#peek(1) === "(") ||
        character === BLOCK_MARK
      ) {
        throw this.#intricate("(( )) holds more than a sum");
      }
      this.#at += 1;
    }
  }

  #comment(): void {
    for (;;) {
      const character = this.#peek();
      if (character === undefined || character === "\n") return;
      if (character === VALUE_MARK) this.#push({ onlyNumbers: "it stands in a comment" });
      this.#at += 1;
    }
  }

  #redirect(state: CommandState, isInner: boolean): void {
    const rest = this.#text.slice(this.#at, this.#at + 3);
    if (rest.startsWith("<<<")) {
      this.#at += 3;
      state.redirect = "here-string";
    } else if (rest.startsWith("<<")) {
      if (isInner) throw this.#intricate("a here-document stands in a substitution");
      if (state.isInTest || state.isInArray) throw this.#intricate("<< stands in brackets");
      this.#at += 2;
      this.#delimiter();
    } else if (rest[1] === "(") {
      state.word = "";
      state.hasExpansion = true;
      this.#at += 2;
      this.#code(")");
    } else {
      this.#at += 1;
      while ([">", "&", "|"].includes(this.#peek() ?? "")) this.#at += 1;
      state.redirect = state.isInTest ? "none" : "file";
    }
  }

  #delimiter(): void {
    const stripsTabs = this.#peek() === "-";
    const rest = this.#text.slice(this.#at + (stripsTabs ? 1 : 0));
    const [all, word = ""] =
      /^[ \t]*((?:\\?[\w.!%+,:@^~-]|'[^'\n]*'|"[^"\\$`\n]*")+)/.exec(rest) ?? [];
    if (all === undefined || word.includes(VALUE_MARK) || word.includes(BLOCK_MARK)) {
      throw this.#intricate("the end of a here-document is no plain word");
    }
    this.#at += all.length + (stripsTabs ? 1 : 0);
    if (!WORD_END.has(this.#peek())) {
      throw this.#intricate("the end of a here-document is no plain word");
    }
    const delimiter = word.replace(/['"\\]/g, "");
    if (/^[\d.eE+-]*$|^true$|^false$/.test(delimiter)) {
      throw this.#intricate("a value could end the here-document");
    }
    this.#hereDocuments.push({ delimiter, isQuoted: delimiter !== word, stripsTabs });
  }

  /** Of the here-documents of the line that has just ended. */
  #bodies(): void {
    for (const { delimiter, isQuoted, stripsTabs } of this.#hereDocuments) {
      let isContinued = false;
      for (;;) {
        if (this.#at >= this.#text.length) throw this.#intricate("a here-document has no end");
        const end = this.#text.indexOf("\n", this.#at);
        const line = this.#text.slice(this.#at, end === -1 ? undefined : end);
        if (line.includes(BLOCK_MARK)) {
          throw this.#intricate("a block begins or ends in a here-document");
        }
        for (let index = line.indexOf(VALUE_MARK); index !== -1; ) {
          const before = line[index - 1];
          index = line.indexOf(VALUE_MARK, index + 1);
          this.#push(
            !isQuoted && (before === "$" || before === "\\")
              ? { nothing: "a dollar or backslash stands before it" }
              : { onlyNumbers: "it stands in a here-document" },
          );
        }
        this.#at = end === -1 ? this.#text.length : end + 1;
        const isEnd = (stripsTabs ? line.replace(/^\t+/, "") : line) === delimiter;
        if (isEnd && !isContinued) break;
        isContinued = !isQuoted && /(^|[^\\])(\\\\)*\\$/.test(line);
      }
    }
    this.#hereDocuments = [];
  }
}

function fresh(): CommandState {
  return {
    words: [],
    word: undefined,
    hasExpansion: false,
    redirect: "none",
    isInArray: false,
    isInTest: false,
  };
}
