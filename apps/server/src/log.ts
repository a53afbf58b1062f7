import { type Logger, pino, stdSerializers } from "pino";

export interface LogOptions {
  readonly level: string;
  /** For people, on a terminal; else one JSON document a line. */
  readonly isPlain: boolean;
  readonly write: (line: string) => void;
}

/** What nobody may read in a log, wherever it stands in what is logged. */
const SECRET = ["authorization", "cookie", "password", "token", "key", "secret"];

export function createLog({ level, isPlain, write }: LogOptions): Logger {
  const stream = { write: isPlain ? (line: string) => write(plainLine(line)) : write };
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err },
      redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`]), censor: "(hidden)" },
    },
    stream,
  );
}

/** `14:03:12 warn  the database does not answer why="no answer in time"` */
function plainLine(line: string): string {
  const { level, time, msg, err, reqId, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const words = Object.entries(rest).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${shown(value)}`],
  );
  const stack = (err as { readonly stack?: string } | undefined)?.stack;
  const trace = stack === undefined ? "" : `\n${stack.replaceAll(CONTROL, "?")}`;
  const clock = String(time).slice(11, 19);
  const text = [
    `${clock} ${String(level).padEnd(5)}`,
    String(msg).replaceAll(CONTROL, "?"),
    ...words,
  ];
  return `${text.join(" ")}${trace}\n`;
}

/** Whatever moves a terminal's cursor; stacks keep their lines. */
const CONTROL = /[^\P{Cc}\n]/gu;

function shown(value: unknown): string {
  return typeof value === "string" && /^[\w.:/@%+-]+$/.test(value) ? value : JSON.stringify(value);
}
