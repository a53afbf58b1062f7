import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defaultServerConfig, isLoopback, parseServerFile } from "./parse.ts";
import { serverConfigSchema } from "./schema.ts";

function findings(text: string): readonly string[] {
  const judged = parseServerFile(text, "server.yaml");
  if (judged.ok) return [];
  return judged.findings.map(({ line, column, path }) => `${line}:${column} ${path}`);
}

describe("the server's file", () => {
  it("may be empty, and is then as without one", () => {
    for (const text of ["", "\n", "# nothing\n", "{}"]) {
      const judged = parseServerFile(text, "server.yaml");
      expect(judged).toMatchObject({ ok: true, config: defaultServerConfig() });
    }
    expect(defaultServerConfig()).toMatchObject({
      Listen: { Address: "127.0.0.1", Port: 8480 },
      Clusters: { Providers: [{ Provider: "local" }] },
    });
  });

  it.each([
    ["a key that is none", "Listen:\n  Prot: 1\n", "2:3 Listen.Prot"],
    ["a value of another kind", "Listen:\n  Port: high\n", "2:9 Listen.Port"],
    ["a number out of reach", "Listen: { Port: 70000 }\n", "1:17 Listen.Port"],
    ["the network without TLS", "Listen:\n  Address: 0.0.0.0\n", "2:12 Listen.Address"],
    ["the same in IPv6", 'Listen:\n  Address: "::"\n', "2:12 Listen.Address"],
    ["half a pair", "Listen:\n  Tls:\n    CertificateFile: /a\n", "Listen.Tls"],
    [
      "two certificates",
      "Listen:\n  Tls: { SelfMade: true, KeyFile: /a }\n",
      "2:20 Listen.Tls.SelfMade",
    ],
    ["a database nowhere", "Database: { User: a }\n", "1:11 Database"],
    ["a database at two places", "Database: { Host: a, SocketPath: /b }\n", "1:11 Database"],
    ["everybody as a proxy", "TrustedProxies: [0.0.0.0/0]\n", "1:17 TrustedProxies"],
    ["an address with a path", "PublicUrl: https://a.example/x\n", "1:12 PublicUrl"],
    ["runs in a place that is none", "Runs: { Folder: sluice }\n", "1:17 Runs.Folder"],
    ["runs above the home", "Runs: { Folder: ~/../x }\n", "1:17 Runs.Folder"],
    ["a time that is none", "Runs: { KeepDays: 0 }\n", "1:19 Runs.KeepDays"],
    ["no YAML", "Listen: [\n", ""],
  ])("with %s is refused at its place", (_, text, place) => {
    expect(
      findings(text).some((found) => found.includes(place)),
      findings(text).join("\n"),
    ).toBe(true);
  });

  it.each([
    ["TrustedProxies: [banana]\n", "an IP address or a network"],
    ["PublicUrl: sluice\n", "an address without a path"],
    ["Database: { Host: a, PasswordFile: nope }\n", "an absolute path"],
    [
      "Authentication: { Ldap: [{ Name: a, Url: 'ldap://a.example', BindDn: b, PasswordFile: /c, Users: { Base: d } }] }\n",
      "use ldaps:// or StartTls: true",
    ],
  ])("says what to write instead: %j", (text, advice) => {
    const judged = parseServerFile(text, "server.yaml");
    expect(judged.ok ? [] : judged.findings.map(({ suggestion }) => suggestion)).toEqual([
      expect.stringContaining(advice),
    ]);
  });

  it("is told everything that is wrong at once", () => {
    expect(findings("Listen: { Port: -1 }\nEvents: { MaxStreams: 0 }\nMore: 1\n")).toHaveLength(3);
  });

  it("ends in a configuration or in findings, whatever it holds", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .array(
          fc.constantFrom(
            "Listen",
            ":",
            "\n",
            "  ",
            "Tls",
            "-",
            "{",
            "}",
            "Database",
            "1",
            "&a",
            "*a",
          ),
        )
        .map((words) => words.join("")),
    );
    fc.assert(
      fc.property(text, (one) => {
        expect(typeof parseServerFile(one, "server.yaml").ok).toBe("boolean");
      }),
    );
  });

  it("has each of its keys in the documents", () => {
    const documents = ["server", "identity"]
      .map((name) => readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), "utf8"))
      .join("\n");
    const missing = keysOf(
      z.toJSONSchema(serverConfigSchema, { io: "input", unrepresentable: "any" }) as Schema,
    );
    expect(missing.filter((key) => !new RegExp(`\\b${key}\\b`).test(documents))).toEqual([]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

function keysOf({ properties = {}, items }: Schema): readonly string[] {
  const own = Object.entries(properties).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
  return items === undefined ? own : [...own, ...keysOf(items)];
}

it("knows loopback", () => {
  const all = ["127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "10.0.0.1", "::", "1270.0.0.1"];
  expect(all.filter(isLoopback)).toEqual(["127.0.0.1", "127.9.9.9", "::1"]);
});
