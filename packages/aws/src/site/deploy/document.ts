import type { SiteRequest } from "@sluice/cloud";
import { type ObjectStore, sha256 } from "../../bucket.ts";
import { OBJECTS } from "../../names.ts";

/** What a site was told, and what of it no stack can show; no secrets. */
export interface SiteDocument {
  readonly text: string;
  readonly clusters: Readonly<Record<string, string>>;
  /** PEM, of a certificate of the site's own. */
  readonly certificate?: string;
  readonly updatedAt: string;
}

/** Undefined when there is none, which is so before the site and after it. */
export async function readDocument(
  store: ObjectStore,
  prefix: string,
): Promise<SiteDocument | undefined> {
  const object = await store.read(OBJECTS.siteDocument(prefix));
  return object === undefined ? undefined : (JSON.parse(object.text) as SiteDocument);
}

export async function writeDocument(
  store: ObjectStore,
  prefix: string,
  document: SiteDocument,
): Promise<void> {
  await store.write(OBJECTS.siteDocument(prefix), `${JSON.stringify(document)}\n`);
}

/** @returns where the servers' own part of their file is; undefined without one. */
export async function keepServerFile(
  store: ObjectStore,
  prefix: string,
  { serverText }: Pick<SiteRequest, "serverText">,
): Promise<string | undefined> {
  if (serverText === undefined) return undefined;
  const key = OBJECTS.serverFile(prefix, sha256(serverText).slice(0, 32));
  await store.write(key, serverText);
  return key;
}
