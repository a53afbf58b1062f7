import { type FileKind, type Judged, judgeText, type Problem, problem } from "@sluice/model";
import type { z } from "zod";
import { type ServerConfig, serverConfigSchema } from "./schema.ts";

type Draft = Parameters<FileKind<typeof serverConfigSchema, ServerConfig>["check"]>[0];

const ID = "ServerFileValidator";

const KIND: FileKind<typeof serverConfigSchema, ServerConfig> = {
  schema: serverConfigSchema,
  check: (draft) => checkServerFile(draft),
  online: [],
  complete: (output) => output,
};

/** Reads the server's file; every finding has its place in the text. Never throws. */
export function parseServerFile(text: string, fileName: string): Judged<ServerConfig> {
  return judgeText(KIND, saysNothing(text) ? "{}\n" : text, { fileName });
}

const saysNothing = (text: string): boolean =>
  text.split("\n").every((line) => /^\s*(#|$)/.test(line));

/** The file of a site that has none. */
export function defaultServerConfig(): ServerConfig {
  return serverConfigSchema.parse({});
}

export function isLoopback(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(address);
}

function checkServerFile(draft: Draft): readonly Problem[] {
  const { Listen, TrustedProxies, ...keys } = draft as z.input<typeof serverConfigSchema>;
  const problems: Problem[] = [];
  const { Address = "127.0.0.1" } = Listen ?? {};
  // A key without a value is null here, which the schema has refused.
  const Tls = Listen?.Tls ?? undefined;
  const Database = keys.Database ?? undefined;
  const isGiven = Tls?.CertificateFile !== undefined || Tls?.KeyFile !== undefined;
  if (typeof Address === "string" && !isLoopback(Address) && Tls === undefined) {
    const message = "beyond this machine the server speaks TLS only: passwords would be seen";
    problems.push(problem(ID, ["Listen", "Address"], message, "add Tls, or listen on 127.0.0.1"));
  }
  if (Tls !== undefined && isGiven && Tls.SelfMade === true) {
    const message = "a certificate is given, so none is made";
    problems.push(problem(ID, ["Listen", "Tls", "SelfMade"], message, "remove one of the two"));
  }
  if (Tls !== undefined && Tls.SelfMade !== true) {
    for (const key of ["CertificateFile", "KeyFile"] as const) {
      if (Tls[key] !== undefined) continue;
      const message = `${key} is missing`;
      const suggestion = "write both files, or SelfMade: true";
      problems.push(problem(ID, ["Listen", "Tls", key], message, suggestion, { at: "missing" }));
    }
  }
  if (Database !== undefined) {
    const { Host, SocketPath } = Database;
    if ((Host === undefined) === (SocketPath === undefined)) {
      const message = "either Host or SocketPath says where the database is";
      problems.push(
        problem(
          ID,
          ["Database"],
          message,
          "write one of the two, or leave Database out for one beside the server",
        ),
      );
    }
  }
  if ((TrustedProxies ?? []).some((one) => /\/0$/.test(String(one)))) {
    const message = "everybody would be believed about where a request comes from";
    problems.push(problem(ID, ["TrustedProxies"], message, "name the proxies' own addresses"));
  }
  return problems;
}
