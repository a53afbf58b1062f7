import type { MachineRow } from "./store.ts";

/** What a machine booted, by the name of its image's root; nothing of an image that somebody built. */
export function imageOs({ image }: Pick<MachineRow, "image">): { readonly os?: string } {
  const [, os] = /\/([a-z0-9]+)-[0-9a-f]{16}$/.exec(image ?? "") ?? [];
  return os === undefined ? {} : { os };
}
