import { shellRoutes, type TerminalDocument } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { bytes } from "../../frame/format.ts";
import { notify } from "../../frame/notices.tsx";
import { isPassing } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { createLink, type LinkState } from "./link.ts";
import { createScreen, type Screen } from "./screen.ts";
import type { Settings } from "./settings.ts";

export interface TerminalOptions {
  readonly cluster: string;
  readonly id: string;
  readonly label: string;
  readonly settings: Settings;
  readonly isDark: boolean;
  readonly onState: (state: LinkState) => void;
  readonly onLeave: () => void;
}

export interface RunningTerminal extends Disposable {
  readonly screen: Screen;
  /** Connects to it now, also where another window has it. */
  open(): void;
}

/** A screen in the element, connected to the terminal. */
export function startTerminal(element: HTMLElement, options: TerminalOptions): RunningTerminal {
  const { cluster, id, onState } = options;
  const place = { params: { cluster, terminal: id } };
  const link = createLink({
    connect: (size, offset) => {
      const query = { ...size, ...(offset === undefined ? {} : { offset }) };
      const url = server.url(shellRoutes.connectTerminal, { ...place, query });
      return new WebSocket(url.replace(/^http/, "ws"));
    },
    look: async () => (await server.call(shellRoutes.describeTerminal, place)) as TerminalDocument,
    isPassing,
    write: (output, done) => screen.write(output, done),
    onMissed: (count) => screen.write(`\r\n${text.shell.missed(bytes(count))}\r\n`),
    onState,
    sleep,
  });
  const screen = createScreen(element, {
    ...options,
    onSize: link.resize,
    onType: (typed) => {
      if (link.type(typed) === "too-much") notify({ type: "warning", content: text.shell.tooMuch });
    },
  });
  const open = (): void => link.open(screen.size());
  open();
  return {
    screen,
    open,
    [Symbol.dispose]() {
      link.close();
      screen[Symbol.dispose]();
    },
  };
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
