import type { FastifyReply } from "fastify";

/**
 * Headers of bytes that people made: a browser stores them and never shows or runs them, whatever
 * they are.
 */
export function sendAsAttachment(reply: FastifyReply, name: string): FastifyReply {
  return reply
    .type("application/octet-stream")
    .header("content-disposition", contentDisposition(name))
    .header("content-security-policy", "default-src 'none'; sandbox")
    .header("x-content-type-options", "nosniff");
}

/** RFC 6266: a name for all, and the real one for who understands it. */
export function contentDisposition(name: string): string {
  // Line ends would end the header, and marks of direction make .exe look like .txt.
  const clean = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}/\\]/gu, "_")
    .slice(0, 255)
    .toWellFormed();
  const plain = clean.replace(/[^\x20-\x7e]|["%]/g, "_");
  const encoded = encodeURIComponent(clean).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
