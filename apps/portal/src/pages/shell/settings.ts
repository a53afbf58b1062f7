import { useState } from "react";
import { remember, remembered } from "../../frame/memory.ts";

/** How this browser shows terminals. */
export interface Settings {
  /** Pixels. */
  readonly fontSize: number;
  readonly forScreenReader: boolean;
}

export const FONT_SIZES = { least: 10, most: 28, usual: 14 } as const;
const KEY = "shell";

function read(): Settings {
  const { fontSize, forScreenReader } = remembered<Partial<Settings>>(KEY) ?? {};
  const isFit =
    typeof fontSize === "number" && fontSize >= FONT_SIZES.least && fontSize <= FONT_SIZES.most;
  return {
    fontSize: isFit ? fontSize : FONT_SIZES.usual,
    forScreenReader: forScreenReader === true,
  };
}

export function useSettings(): readonly [Settings, (change: Partial<Settings>) => void] {
  const [settings, set] = useState(read);
  const change = (part: Partial<Settings>): void => {
    const changed = { ...settings, ...part };
    remember(KEY, changed);
    set(changed);
  };
  return [settings, change];
}
