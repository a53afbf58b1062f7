/** Paths of a cluster's head: absolute, with one `/` between names. */

export function parentOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function inFolder(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** Whether a path is that folder, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === "/" || path.startsWith(`${folder}/`);
}

export interface Root {
  readonly path: string;
  readonly name: string;
}

export interface Step {
  readonly name: string;
  readonly path: string;
}

/** From the root that a folder lies in down to it. Outside of all of them it is its own root. */
export function stepsTo(path: string, roots: readonly Root[]): readonly Step[] {
  const root = roots
    .filter((one) => isWithin(path, one.path))
    .reduce<Root | undefined>(
      (best, one) => (best === undefined || one.path.length > best.path.length ? one : best),
      undefined,
    );
  if (root === undefined) return [{ name: path, path }];
  const names = path
    .slice(root.path.length)
    .split("/")
    .filter((name) => name !== "");
  const steps = [{ name: root.name, path: root.path }];
  for (const name of names) {
    const above = steps.at(-1)?.path ?? root.path;
    steps.push({ name, path: inFolder(above, name) });
  }
  return steps;
}

/** `mesh (2).dat`: the first of these that is not taken. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  const dot = name.lastIndexOf(".");
  const end = dot > 0 ? dot : name.length;
  for (let number = 2; ; number += 1) {
    const tried = `${name.slice(0, end)} (${number})${name.slice(end)}`;
    if (!isTaken(tried)) return tried;
  }
}

export type NameProblem = "slash" | "dots" | undefined;

/** What is wrong with a name, before the server is asked. */
export function problemOfName(name: string): NameProblem {
  if (name.includes("/")) return "slash";
  return name === "." || name === ".." ? "dots" : undefined;
}

/** A name as it can be read: what would not be seen, and bytes that are no text, stand as signs. */
export function shownName(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x10fe80 && code <= 0x10feff) {
      return `\\x${(code - 0x10fe00).toString(16)}`;
    }
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : "\ufffd";
  });
}
