import { text } from "../../catalogue/index.ts";
import type { Crumb } from "../../frame/page.tsx";

/** From the administration to a part of it. */
export function crumbsTo(part: keyof typeof text.administration.parts): readonly Crumb[] {
  return [
    { text: text.frame.pages.administration, href: "/administration" },
    { text: text.administration.parts[part], href: `/administration/${part}` },
  ];
}
