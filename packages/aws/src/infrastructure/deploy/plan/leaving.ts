/** A template as far as it is looked at here. */
interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

interface Resource {
  readonly Type: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

/**
 * Whose things nodes use: those of the file that the deployed template is of, because the head has put
 * it in force; those of the one before it, because the head could not; or of both, while it is at it.
 */
export type InUse = "newest" | "former" | "both";

/** What nodes, or the head on their behalf, may still use when the file does not ask for it any more. */
const IN_USE =
  /^AWS::(IAM::(Role|InstanceProfile|Policy)|EC2::(Volume|SecurityGroup.*)|EFS::.*|FSx::.*|CloudFormation::Stack)$/;

/** On a resource that is nothing else: ids of those that stay for this update. */
const LEAVING = "sluice:leaving";
const MARK = "Leaving";

/**
 * The template to deploy before the head puts a new file in force: the new one, and what nodes of the
 * former file still use: roles of a queue that goes, storage. The next update is without it.
 *
 * CloudFormation takes no change of metadata alone, so what stays is written down on a resource of
 * its own.
 */
export function withLeaving(deployedText: string, nextText: string, inUse: InUse): string {
  const deployed = JSON.parse(deployedText) as Template;
  const next = JSON.parse(nextText) as Template;
  const all = Object.entries(deployed.Resources);
  const former = all.flatMap(([, { Metadata }]) => (Metadata?.[LEAVING] ?? []) as string[]);
  const leaving = all.filter(
    ([id, { Type }]) =>
      IN_USE.test(Type) &&
      !Object.hasOwn(next.Resources, id) &&
      inUse !== (former.includes(id) ? "newest" : "former"),
  );
  if (leaving.length === 0) return nextText;
  const ids = leaving.map(([id]) => id);
  const mark = {
    Type: "AWS::CloudFormation::WaitConditionHandle",
    Metadata: { [LEAVING]: ids },
  };
  return JSON.stringify({
    ...next,
    ...parts("Parameters", deployed, next),
    ...parts("Conditions", deployed, next),
    Resources: {
      ...next.Resources,
      ...Object.fromEntries(leaving),
      ...needed(leaving, deployed, next),
      [`${MARK}${markNumber(deployed) + 1}`]: mark,
    },
  });
}

/** Other resources that the leaving ones refer to, and so on. */
function needed(
  leaving: readonly (readonly [string, Resource])[],
  deployed: Template,
  next: Template,
): Readonly<Record<string, Resource>> {
  const found = new Map(leaving);
  for (const [, resource] of found) {
    const text = JSON.stringify(resource);
    for (const [id, other] of Object.entries(deployed.Resources)) {
      const isThere = Object.hasOwn(next.Resources, id) || found.has(id);
      if (!isThere && text.includes(`"${id}"`)) found.set(id, other);
    }
  }
  return Object.fromEntries(found);
}

function markNumber({ Resources }: Template): number {
  const numbers = Object.entries(Resources).flatMap(([id, { Metadata }]) =>
    Metadata?.[LEAVING] === undefined ? [] : [Number(id.slice(MARK.length))],
  );
  return Math.max(0, ...numbers);
}

function parts(
  name: "Parameters" | "Conditions",
  deployed: Template,
  next: Template,
): Readonly<Record<string, unknown>> {
  const all = { ...deployed[name], ...next[name] };
  return Object.keys(all).length === 0 ? {} : { [name]: all };
}

/** Keys in the bucket of the templates that a template's nested stacks are made of, by logical id. */
export function nestedKeys(text: string, prefix: string): ReadonlyMap<string, string> {
  const { Resources } = JSON.parse(text) as Template;
  const begin = `${prefix}/templates/`;
  return new Map(
    Object.entries(Resources).flatMap(([id, resource]): [string, string][] => {
      if (resource.Type !== "AWS::CloudFormation::Stack") return [];
      const own = JSON.stringify(resource);
      const at = own.indexOf(begin);
      const end = own.indexOf(".json", at);
      return at < 0 || end < 0 ? [] : [[id, own.slice(at, end + ".json".length)]];
    }),
  );
}
