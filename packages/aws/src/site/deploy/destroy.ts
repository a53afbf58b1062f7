import type { ApplyOptions, OnProgress } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { ObjectStore } from "../../bucket.ts";
import { sayer } from "../../infrastructure/deploy/apply.ts";
import type { DeployContext } from "../../infrastructure/deploy/context.ts";
import { deleteStack, retain, type StackKind } from "../../infrastructure/deploy/delete-stack.ts";
import { listStacks } from "../../infrastructure/deploy/stack.ts";
import { TAGS } from "../../names.ts";
import type { SiteIdentityOfStack } from "./prepare.ts";
import { siteProgressOf } from "./progress.ts";
import { removeSiteSecrets } from "./secrets.ts";
import { findSiteStack, siteStackById } from "./stack.ts";

/** See `Sites.destroy`. Errors: `SITE_HAS_CLUSTERS`, `STACK_DELETE_FAILED`. */
export async function destroySite(
  context: DeployContext,
  name: string,
  options: ApplyOptions & { readonly retainStorage: boolean },
): Promise<{ readonly kept: readonly string[] }> {
  const { retainStorage, onProgress } = options;
  const stack = await findSiteStack(context.clients, name);
  if (stack === undefined) return { kept: [] };
  const members = (await listStacks(context.clients)).filter(
    ({ tags }) => tags[TAGS.site] === name,
  );
  if (members.length > 0) {
    const names = members.map(({ cluster }) => cluster).join(", ");
    const message = `${names} belong to site ${name}`;
    throw new SluiceError("SITE_HAS_CLUSTERS", "user", message, {
      hint: "delete its clusters first",
    });
  }
  const retention = { accounting: retainStorage, storage: retainStorage };
  const kind = kindOf(name);
  const asked = await retain(context, stack, retention, { ...options, kind });
  const identity = { name, unique: stack.unique, bucket: stack.bucket };
  const kept = await removeSite(context, identity, onProgress, options.signal);
  return { kept: [...new Set([...asked, ...kept])] };
}

/**
 * Takes a site down, however far it is: the stack, then its secrets, then what is known of it. Each part
 * is looked for and may be gone.
 *
 * @returns what stays, for people. Errors: `STACK_DELETE_FAILED`; the site is then listed still.
 */
export async function removeSite(
  context: DeployContext,
  { name, unique, bucket }: SiteIdentityOfStack,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { clients } = context;
  const say = sayer(context, { onProgress });
  const stack = await findSiteStack(clients, name);
  const options = { onProgress, kind: kindOf(name), ...(signal === undefined ? {} : { signal }) };
  const kept = stack?.unique === unique ? await deleteStack(context, stack, options) : [];
  await removeSiteSecrets(clients, { name, unique });
  await new ObjectStore(clients, bucket.name).removeAll(`${bucket.prefix}/`);
  say("site", "done", `${name} is gone`);
  return kept;
}

function kindOf(name: string): StackKind {
  return {
    title: `site ${name}`,
    again: `sluice delete-site -n ${name}`,
    look: siteStackById,
    progressOf: siteProgressOf,
  };
}
