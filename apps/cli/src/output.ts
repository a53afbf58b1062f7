import { messageOf } from "@sluice/model";
import type { Host } from "./host.ts";
import { type Paint, painter } from "./render/paint.ts";
import { usage } from "./usage.ts";

export type OutputFormat = "text" | "json";

export interface GlobalOptions {
  readonly output?: OutputFormat;
  readonly query?: string;
  readonly debug?: boolean;
  readonly region?: string;
  readonly provider?: string;
  readonly server?: string;
  /** False for --no-color. */
  readonly color?: boolean;
}

export interface Output {
  readonly format: OutputFormat;
  readonly paint: Paint;
  /** Writes a command's one result: as JSON, or as the text that `text` makes of it. */
  emit<T>(result: T, text: (result: T, paint: Paint) => string): Promise<void>;
}

/** JSON for programs, text for people: whoever does not say is known by the terminal. */
export function formatOf(options: GlobalOptions, host: Host): OutputFormat {
  if (options.output !== undefined) return options.output;
  return host.stdoutIsTerminal && options.query === undefined ? "text" : "json";
}

export function outputOf(options: GlobalOptions, host: Host): Output {
  const format = formatOf(options, host);
  const { query } = options;
  if (format === "text" && query !== undefined) {
    throw usage("--query works on JSON", "leave out --output text");
  }
  const paint = painter(host.stdoutIsTerminal && wantsColour(options, host));
  return {
    format,
    paint,
    emit: async (result, text) => {
      if (format === "text") return host.writeOut(text(result, paint));
      const document = query === undefined ? result : await search(result, query);
      host.writeOut(`${JSON.stringify(document, null, 2)}\n`);
    },
  };
}

export function wantsColour(options: GlobalOptions, { env }: Host): boolean {
  return options.color !== false && !env.NO_COLOR && env.TERM !== "dumb";
}

async function search(document: unknown, query: string): Promise<unknown> {
  const { default: jmespath } = await import("jmespath");
  try {
    return jmespath.search(document, query);
  } catch (error) {
    const hint = "see the language at https://jmespath.org";
    throw usage(`--query ${query} is not valid JMESPath: ${messageOf(error)}`, hint);
  }
}
