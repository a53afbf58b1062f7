import { posix } from "node:path";
import { overlaps, parseNetwork } from "../../packages/local/src/host/network.ts";

/** What a client may mount. */
export interface Grant {
  /** On the server. */
  readonly path: string;
  readonly readOnly: boolean;
}

interface Export {
  readonly path: string;
  readonly client: string;
  readonly options: readonly string[];
}

/**
 * What a client at `address` gets when it asks for `path`, by the server's table of exports: a line
 * for each folder and client, `PATH<tab>CLIENT(OPTIONS)`. As with NFS 4, folders below an exported one
 * can be mounted, and paths are seen from the export with `fsid=0` when there is one.
 */
export function grantFor(table: string, path: string, address: string): Grant | undefined {
  const wanted = posix.normalize(`/${path}`);
  const mine = table
    .split("\n")
    .flatMap(parseExport)
    .filter(({ client }) => matches(client, address));
  const root = mine.find(
    ({ options }) => options.includes("fsid=0") || options.includes("fsid=root"),
  );
  const candidates = root === undefined ? [wanted] : [posix.join(root.path, wanted), wanted];
  for (const candidate of candidates.map(withoutSlash)) {
    const found = mine
      .filter((one) => candidate === one.path || candidate.startsWith(`${one.path}/`))
      .toSorted((a, b) => b.path.length - a.path.length)[0];
    if (found !== undefined) return { path: candidate, readOnly: !found.options.includes("rw") };
  }
  return undefined;
}

function parseExport(line: string): readonly Export[] {
  const [, path, client, options] = /^(\/[^\t]*)\t([^(]*)\(([^)]*)\)$/.exec(line) ?? [];
  if (path === undefined || client === undefined || options === undefined) return [];
  return [{ path: path === "/" ? "" : withoutSlash(path), client, options: options.split(",") }];
}

function matches(client: string, address: string): boolean {
  if (client === "*" || client === "" || client === address) return true;
  if (!/^[\d.]+\/\d+$/.test(client)) return false;
  return overlaps(parseNetwork(client), parseNetwork(`${address}/32`));
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}
