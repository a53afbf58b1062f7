import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { mintJwt } from "./token.ts";

test("is an HS256 token with Slurm's claims", () => {
  const key = new TextEncoder().encode("0123456789abcdef");
  const now = new Date("2030-01-01T00:00:00.900Z");
  const token = mintJwt({ user: "alice", lifetimeSeconds: 60, key, now });
  const [header = "", claims = "", signature = ""] = token.split(".");
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  expect(read(header)).toEqual({ alg: "HS256", typ: "JWT" });
  expect(read(claims)).toEqual({ exp: 1893456060, iat: 1893456000, sun: "alice" });
  expect(signature).toBe(
    createHmac("sha256", key).update(`${header}.${claims}`).digest("base64url"),
  );
});
