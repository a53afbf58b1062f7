/** A template as far as it is changed here. */
interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: unknown;
  readonly DeletionPolicy?: string;
}

export interface Retention {
  readonly accounting: boolean;
  readonly storage: boolean;
}

/** Logical id of the volume with the head's state. */
const HEAD_STATE = "HeadState";

const STORAGE = new Set(["AWS::EC2::Volume", "AWS::EFS::FileSystem"]);
const DATABASE = new Set(["AWS::RDS::DBCluster", "AWS::RDS::DBInstance"]);
const FSX = /^AWS::FSx::/;

/**
 * The template with what is to be kept retained by CloudFormation: volumes and file systems as they
 * are, a database as its last snapshot, which costs little and needs no network. A file system of
 * FSx keeps the network that it lives in.
 *
 * CloudFormation takes no change of deletion policies alone, so a resource that is nothing is added.
 *
 * @returns the text, and the logical ids of what people will want to know of; undefined when there is
 * nothing to keep.
 */
export function retaining(
  text: string,
  { accounting, storage }: Retention,
): { readonly text: string; readonly ids: readonly string[] } | undefined {
  const template = JSON.parse(text) as Template;
  const { Resources } = template;
  const all = Object.entries(Resources);
  const databases = all.filter(([, { Type }]) => DATABASE.has(Type)).map(([id]) => id);
  const isOnHead = databases.length === 0;
  const stays = new Set(
    all.flatMap(([id, { Type }]) => {
      if (id === HEAD_STATE) return storage || (accounting && isOnHead) ? [id] : [];
      return storage && (STORAGE.has(Type) || FSX.test(Type)) ? [id] : [];
    }),
  );
  const ids = [...stays, ...(accounting || storage ? databases : [])];
  if (ids.length === 0) return undefined;
  // A set grows while it is walked, so that what is needed by what is needed is found as well.
  for (const id of stays) {
    const { Type = "", Properties } = Resources[id] ?? {};
    if (STORAGE.has(Type)) continue;
    for (const need of references(Properties)) {
      if (Object.hasOwn(Resources, need)) stays.add(need);
    }
  }
  const changed = Object.fromEntries(
    all.map(([id, resource]) => {
      if (stays.has(id)) return [id, { ...resource, DeletionPolicy: "Retain" }];
      if (!ids.includes(id)) return [id, resource];
      // Machines of a cluster of databases go; the cluster's own snapshot has everything.
      const policy = resource.Type === "AWS::RDS::DBCluster" ? "Snapshot" : "Delete";
      return [id, { ...resource, DeletionPolicy: policy }];
    }),
  );
  return {
    text: JSON.stringify({
      ...template,
      Resources: {
        ...changed,
        [`Retained${ids.length}`]: { Type: "AWS::CloudFormation::WaitConditionHandle" },
      },
    }),
    ids,
  };
}

/** Logical ids that an expression names; of a subnet's zone alone nothing has to stay. */
function references(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (key === "Ref") return [String(inner)];
    if (key === "Fn::GetAtt") {
      const [id = "", name = ""] = Array.isArray(inner)
        ? inner.map(String)
        : String(inner).split(".");
      return name === "AvailabilityZone" ? [] : [id];
    }
    return references(inner);
  });
}
