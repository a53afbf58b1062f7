import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { DARK, LIGHT } from "./colours.ts";
import type { Size } from "./link.ts";
import type { Settings } from "./settings.ts";
import { allowStyles } from "./strict-styles.ts";

export interface ScreenOptions {
  readonly settings: Settings;
  readonly isDark: boolean;
  readonly label: string;
  readonly onType: (typed: string | Uint8Array<ArrayBuffer>) => void;
  readonly onSize: (size: Size) => void;
  /** The person at the keyboard wants out: all other keys are the terminal's. */
  readonly onLeave: () => void;
}

/** xterm.js in an element of the page. */
export interface Screen extends Disposable {
  write(bytes: Uint8Array | string, done?: () => void): void;
  size(): Size;
  look(settings: Settings, isDark: boolean): void;
  focus(): void;
  copy(): void;
  paste(text: string): void;
  clear(): void;
}

const FONTS = 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace';
const SCROLLBACK = 5000;
const LEAST = 2;
const MOST = 1000;

export function createScreen(element: HTMLElement, options: ScreenOptions): Screen {
  const { settings, isDark, label, onType, onSize, onLeave } = options;
  const styles = allowStyles(document);
  const terminal = new Terminal({
    fontFamily: FONTS,
    fontSize: settings.fontSize,
    screenReaderMode: settings.forScreenReader,
    theme: isDark ? DARK : LIGHT,
    minimumContrastRatio: 4.5,
    scrollback: SCROLLBACK,
    cursorBlink: false,
    allowProposedApi: false,
    // Links are the text's own: nothing that a program writes leads elsewhere by a click.
    linkHandler: null,
  });
  const fitting = new FitAddon();
  terminal.loadAddon(fitting);
  terminal.open(element);
  terminal.textarea?.setAttribute("aria-label", label);
  const size = (): Size => ({
    columns: within(terminal.cols),
    rows: within(terminal.rows),
  });
  const fit = (): void => {
    // Nothing to fit into while another tab is shown.
    if (element.clientWidth > 0 && element.clientHeight > 0) fitting.fit();
  };
  fit();
  const copy = (): void => {
    const selection = terminal.getSelection();
    if (selection === "") return;
    if (isSecureContext) void navigator.clipboard.writeText(selection);
    else document.execCommand("copy");
  };
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown") return true;
    if (event.key === "Escape" && event.shiftKey) {
      event.preventDefault();
      onLeave();
      return false;
    }
    const isWithBoth = event.ctrlKey && event.shiftKey && !event.altKey;
    if (isWithBoth && event.code === "KeyC") {
      event.preventDefault();
      copy();
      return false;
    }
    // The browser pastes.
    return !(isWithBoth && event.code === "KeyV");
  });
  terminal.onData(onType);
  // A character is a byte there.
  terminal.onBinary((text) => onType(Uint8Array.from(text, (one) => one.charCodeAt(0))));
  terminal.onResize(() => onSize(size()));
  const watching = new ResizeObserver(fit);
  watching.observe(element);
  return {
    write: (bytes, done) => terminal.write(bytes, done),
    size,
    look(changed, dark) {
      terminal.options.fontSize = changed.fontSize;
      terminal.options.screenReaderMode = changed.forScreenReader;
      terminal.options.theme = dark ? DARK : LIGHT;
      fit();
    },
    focus: () => terminal.focus(),
    copy,
    paste: (text) => terminal.paste(text),
    clear: () => terminal.clear(),
    [Symbol.dispose]() {
      watching.disconnect();
      terminal.dispose();
      styles[Symbol.dispose]();
    },
  };
}

function within(count: number): number {
  return Math.min(MOST, Math.max(LEAST, count));
}
