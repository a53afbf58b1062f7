import { z } from "zod";

/** The server's own file; keys as in cluster files. Every key is in docs/server.md. */
export const serverConfigSchema = z.strictObject({});
export type ServerConfig = z.output<typeof serverConfigSchema>;
