import type { IconProps } from "@cloudscape-design/components/icon";

/** Icons that applications name most, of those that there are. */
const ICONS: Readonly<Record<string, IconProps.Name>> = {
  terminal: "command-prompt",
  code: "script",
  grid: "grid-view",
  form: "list-view",
  network: "share",
  chart: "status-in-progress",
  file: "file",
  folder: "folder",
  video: "video-on",
  map: "map",
};

export function iconOf(name: string): IconProps.Name {
  return ICONS[name] ?? "settings";
}
