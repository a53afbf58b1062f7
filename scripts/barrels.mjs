// Has each module import from the modules that declare what it needs, past the `index.ts` between.
// esbuild gives a chunk all that its files could reach, so that one name from a package would bring
// the whole package to every program, and half its start would go into what it never uses.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const OWN = /[\\/](packages|apps)[\\/].*\.tsx?$/;
const IMPORT = /^import \{([^}]*)\} from "([^"]+)";/gm;
const REEXPORT = /^export \{([^}]*)\} from "([^"]+)";/gm;
const STAR = /^export \* from "([^"]+)";/gm;
const DECLARED =
  /^export (?:default )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|enum) (\w+)/gm;
const LOCAL = /^export \{([^}]*)\};/gm;

/** @type {Map<string, { own: Set<string>, named: Map<string, { file: string, name: string }>, stars: string[] }>} */
const known = new Map();

/** A plugin for esbuild. */
export const pastBarrels = {
  name: "past-barrels",
  setup(build) {
    build.onLoad({ filter: OWN }, ({ path }) => {
      if (path.includes("node_modules")) return undefined;
      return { contents: rewritten(path), loader: path.endsWith("x") ? "tsx" : "ts" };
    });
  },
};

function rewritten(path) {
  return readFileSync(path, "utf8").replace(IMPORT, (statement, names, from) => {
    const barrel = barrelOf(path, from);
    if (barrel === undefined) return statement;
    const parts = valuesOf(names).map(({ name, as }) => {
      const found = declared(barrel, name) ?? { file: barrel, name };
      return `import { ${found.name} as ${as} } from ${JSON.stringify(found.file)};`;
    });
    // As many lines as before, for what errors say.
    return parts.join(" ") + "\n".repeat(statement.split("\n").length - 1);
  });
}

/** The file behind an import, where that hands on what others declare. */
function barrelOf(path, from) {
  if (from.startsWith("@sluice/")) {
    const [, name, ...rest] = from.split("/");
    const folder = join(root, "packages", name ?? "");
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return join(folder, exports[rest.length === 0 ? "." : `./${rest.join("/")}`]);
  }
  return from.startsWith(".") && from.endsWith("/index.ts") ? join(dirname(path), from) : undefined;
}

/** The module that declares a name that a file exports; undefined when that can't be told. */
function declared(file, name) {
  const { own, named, stars } = exportsOf(file);
  if (own.has(name)) return { file, name };
  const handed = named.get(name);
  if (handed !== undefined) return declared(handed.file, handed.name) ?? handed;
  for (const star of stars) {
    const found = declared(star, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function exportsOf(file) {
  const cached = known.get(file);
  if (cached !== undefined) return cached;
  const text = readFileSync(file, "utf8");
  const at = (from) => join(dirname(file), from);
  const found = { own: new Set(), named: new Map(), stars: [] };
  for (const [, name] of text.matchAll(DECLARED)) found.own.add(name);
  for (const [, names] of text.matchAll(LOCAL)) {
    for (const { as } of valuesOf(names)) found.own.add(as);
  }
  for (const [, names, from] of text.matchAll(REEXPORT)) {
    if (!from.startsWith(".")) continue;
    for (const { name, as } of valuesOf(names)) found.named.set(as, { file: at(from), name });
  }
  for (const [, from] of text.matchAll(STAR)) if (from.startsWith(".")) found.stars.push(at(from));
  known.set(file, found);
  return found;
}

/** Of a list in braces, without the types. */
function valuesOf(names) {
  return names
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && !one.startsWith("type "))
    .map((one) => {
      const [name, as = name] = one.split(/\s+as\s+/);
      return { name, as };
    });
}
