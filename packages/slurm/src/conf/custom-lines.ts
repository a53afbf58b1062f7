import { type Settings, settingsLine } from "./lines.ts";

/** Custom settings that describe a thing of which there are many: each is a line, none overrides. */
const LINE_KEYS = new Set(["nodename", "partitionname", "nodeset", "downnodes", "frontendname"]);

const isLineKey = (key: string): boolean => LINE_KEYS.has(key.toLowerCase());

export function isLine(map: Settings): boolean {
  return Object.keys(map).some(isLineKey);
}

/** What a line is about has to stand first in it. */
export function customLine(map: Settings): string {
  const entries = Object.entries(map);
  const first = entries.filter(([key]) => isLineKey(key));
  return settingsLine(Object.fromEntries([...first, ...entries]));
}

/** Host lists of the nodes that an administrator has described. No machine of ours backs them. */
export function customNodes(customSettings: readonly Settings[]): readonly string[] {
  return customSettings
    .flatMap((map) => Object.entries(map))
    .filter(([key, value]) => /^NodeName$/i.test(key) && !/^DEFAULT$/i.test(String(value)))
    .map(([, value]) => String(value).trim());
}
