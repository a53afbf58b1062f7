import { text } from "../../catalogue/index.ts";

/** `AWS, eu-central-1`; the local cloud is one place. */
export function placeWords(provider: string, region: string): string {
  const said = text.clusters.providers;
  const name = said[provider as keyof typeof said] ?? provider;
  return region === provider ? name : `${name}, ${region}`;
}
