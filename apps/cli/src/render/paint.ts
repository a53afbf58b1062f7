import { styleText } from "node:util";

/** Colours for a terminal, or none. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  /** A state word in the colour of what it means. */
  state(word: string): string;
}

type Style = Parameters<typeof styleText>[0];

const MEANING: readonly (readonly [RegExp, Style])[] = [
  [/FAILED|DOWN\b|DOWN\+|PROTECTED|NOT_RESPONDING|TIMEOUT|OUT_OF_MEMORY|CANCELLED/, "red"],
  [/PROGRESS|STARTING|STOPPING|REQUESTED|PENDING|CONFIGURING|POWERING|DRAIN|COMPLETING/, "yellow"],
  [/POWERED_DOWN|STOPPED|INACTIVE|UNKNOWN/, "gray"],
  [/COMPLETE|RUNNING|IDLE|ALLOCATED|MIXED|UP\b/, "green"],
];

export function painter(enabled: boolean): Paint {
  const style = (how: Style) => (text: string) =>
    enabled && text !== "" ? styleText(how, text, { validateStream: false }) : text;
  return {
    bold: style("bold"),
    dim: style("dim"),
    good: style("green"),
    bad: style("red"),
    state: (word) => {
      const meaning = MEANING.find(([pattern]) => pattern.test(word.toUpperCase()));
      return meaning === undefined ? word : style(meaning[1])(word);
    },
  };
}
