import { applyDensity, applyMode, Density, Mode } from "@cloudscape-design/global-styles";
import { useSyncExternalStore } from "react";
import { remember, remembered } from "./memory.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface Appearance {
  readonly theme: Theme;
  readonly isCompact: boolean;
}

const KEY = "appearance";
const isTheme = (value: unknown): value is Theme => THEMES.includes(value as Theme);
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

let appearance: Appearance = read();
let isDark = darkNow();

function read(): Appearance {
  const { theme, isCompact } = remembered<Partial<Appearance>>(KEY) ?? {};
  return { theme: isTheme(theme) ? theme : "system", isCompact: isCompact === true };
}

function darkNow(): boolean {
  return appearance.theme === "system" ? dark.matches : appearance.theme === "dark";
}

/** Puts the page into the theme and density that this browser was told. */
export function applyAppearance(): void {
  isDark = darkNow();
  applyMode(isDark ? Mode.Dark : Mode.Light);
  applyDensity(appearance.isCompact ? Density.Compact : Density.Comfortable);
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  for (const tell of listeners) tell();
}

export function setAppearance(change: Partial<Appearance>): void {
  appearance = { ...appearance, ...change };
  remember(KEY, appearance);
  applyAppearance();
}

dark.addEventListener("change", applyAppearance);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAppearance(): Appearance {
  return useSyncExternalStore(subscribe, () => appearance);
}

/** For what has colours of its own, as terminals and charts. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => isDark);
}
