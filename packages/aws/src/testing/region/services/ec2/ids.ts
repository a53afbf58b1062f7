import { randomBytes } from "node:crypto";

/** `i-0123456789abcdef0`: as EC2 makes the ids of what it makes. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}
