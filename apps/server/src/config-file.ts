import { readFile } from "node:fs/promises";
import { type Finding, messageOf, renderFinding, SluiceError } from "@sluice/model";
import { defaultServerConfig, parseServerFile, type ServerConfig } from "@sluice/server";
import type { ServerPaths } from "./paths.ts";

export interface LoadedConfig {
  readonly config: ServerConfig;
  /** Undefined: there is no file, and everything is as it is by itself. */
  readonly file: string | undefined;
  readonly warnings: readonly Finding[];
}

/** The server's file has errors; the message holds every finding, one a line. */
export class ServerFileError extends SluiceError {
  readonly findings: readonly Finding[];

  constructor(file: string, findings: readonly Finding[]) {
    const errors = findings.filter(({ level }) => level === "ERROR").length;
    const summary = `${file} has ${errors} ${errors === 1 ? "error" : "errors"}`;
    super(
      "SERVER_FILE_INVALID",
      "user",
      [summary, ...findings.map((finding) => `  ${renderFinding(finding)}`)].join("\n"),
      { hint: "correct the file; its keys are in docs/server.md" },
    );
    this.findings = findings;
  }

  override toJSON(): ReturnType<SluiceError["toJSON"]> & { findings: readonly Finding[] } {
    return { ...super.toJSON(), findings: this.findings };
  }
}

/**
 * The file that is named, or the first that is there of those that every server looks for.
 *
 * Errors: `SERVER_FILE_UNREADABLE`, `SERVER_FILE_INVALID`.
 */
export async function loadConfig(
  paths: ServerPaths,
  named: string | undefined,
): Promise<LoadedConfig> {
  for (const file of named === undefined ? paths.configFiles : [named]) {
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" && named === undefined) return undefined;
      throw unreadable(file, error);
    });
    if (text === undefined) continue;
    const judged = parseServerFile(text, file);
    if (!judged.ok) throw new ServerFileError(file, judged.findings);
    return { config: judged.config, file, warnings: judged.warnings };
  }
  return { config: defaultServerConfig(), file: undefined, warnings: [] };
}

function unreadable(file: string, cause: unknown): SluiceError {
  return new SluiceError(
    "SERVER_FILE_UNREADABLE",
    "user",
    `the server's file ${file} can't be read: ${messageOf(cause)}`,
    { hint: "give the path of a file with --config", cause },
  );
}
