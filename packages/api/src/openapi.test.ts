import { expect, test } from "vitest";
import { z } from "zod";
import { openApiDocument } from "./openapi.ts";
import { route } from "./route.ts";
import { ROUTES } from "./routes/index.ts";

const OPTIONS = { title: "Sluice", version: "1" };

test("every operation has its own id, and an address that its parameters fill", () => {
  const all = Object.values(ROUTES);
  const ids = all.map(({ id }) => id);
  expect(ids.length - new Set(ids).size).toBe(0);
  const places = all.map(({ method, path }) => `${method} ${path}`);
  expect(places.length - new Set(places).size).toBe(0);
  const { paths } = openApiDocument(all, OPTIONS) as {
    paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>;
  };
  for (const [path, methods] of Object.entries(paths)) {
    const wanted = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
    for (const { parameters } of Object.values(methods)) {
      const filled = parameters.filter((one) => one.in === "path").map(({ name }) => name);
      expect(filled.toSorted(), path).toEqual(wanted.toSorted());
    }
  }
});

test("what needs a role needs a scope too, but the events, whose topics have one each", () => {
  const open = Object.values(ROUTES).filter(
    ({ access }) => access.role !== "anyone" && access.scope === undefined,
  );
  expect(open.map(({ id }) => id)).toEqual(["streamEvents"]);
});

test("every reference leads somewhere, and the document is the same each time", () => {
  const document = openApiDocument(Object.values(ROUTES), OPTIONS);
  const text = JSON.stringify(document);
  const { schemas } = document.components as { schemas: Record<string, unknown> };
  const named = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  expect(named.length).toBeGreaterThan(50);
  expect(
    [...new Set(named.map(([, name]) => name))].filter((name = "") => !(name in schemas)),
  ).toEqual([]);
  expect(text).not.toContain("$defs");
  expect(JSON.stringify(openApiDocument(Object.values(ROUTES), OPTIONS))).toBe(text);
});

test("an operation is described as its route is", () => {
  type Tree = { readonly name: string; readonly children: readonly Tree[] };
  const tree: z.ZodType<Tree> = z
    .object({ name: z.string(), children: z.array(z.lazy(() => tree)) })
    .meta({ id: "Tree" });
  const one = route({
    id: "plant",
    method: "POST",
    path: "/trees/{wood}",
    summary: "Plant a tree",
    tag: "trees",
    access: { role: "user", on: "site", scope: "jobs:write" },
    params: z.object({ wood: z.string() }),
    query: z.object({ count: z.coerce.number().int().default(1).describe("how many") }),
    body: tree,
    answer: z.object({ at: z.date() }),
    status: 201,
    problems: { 409: "there is one" },
    isIdempotentByKey: true,
  });
  const { paths, components } = openApiDocument([one], OPTIONS) as {
    paths: Record<string, { post: Record<string, unknown> }>;
    components: { schemas: Record<string, unknown> };
  };
  const { parameters, requestBody, responses } = paths["/trees/{wood}"]?.post ?? {};
  expect(parameters).toMatchObject([
    { name: "wood", in: "path", required: true },
    { name: "count", in: "query", required: false, description: "how many" },
    { name: "Idempotency-Key", in: "header" },
  ]);
  const reference = { $ref: "#/components/schemas/Tree" };
  expect(requestBody).toMatchObject({ content: { "application/json": { schema: reference } } });
  expect(components.schemas.Tree).toMatchObject({
    properties: { children: { items: reference } },
  });
  expect(responses).toMatchObject({
    201: {
      content: { "application/json": { schema: { properties: { at: { format: "date-time" } } } } },
    },
    409: { description: "there is one" },
    401: {},
  });
});
