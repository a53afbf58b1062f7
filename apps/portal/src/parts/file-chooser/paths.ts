/** The folder that a path lies in: `/a` of `/a/b`. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

export function pathIn(folder: string, name: string): string {
  return folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`;
}

export interface Step {
  readonly name: string;
  readonly path: string;
}

/** From the root that a folder lies in down to it; from `/` where it lies in none. */
export function stepsTo(
  folder: string,
  roots: readonly { readonly path: string; readonly name: string }[],
): readonly Step[] {
  const root = roots
    .filter(({ path }) => folder === path || folder.startsWith(pathIn(path, "")))
    .toSorted((a, b) => b.path.length - a.path.length)[0] ?? { path: "/", name: "/" };
  const steps: Step[] = [{ name: root.name, path: root.path }];
  for (const name of folder.slice(root.path.length).split("/")) {
    if (name !== "") steps.push({ name, path: pathIn(steps.at(-1)?.path ?? "/", name) });
  }
  return steps;
}
