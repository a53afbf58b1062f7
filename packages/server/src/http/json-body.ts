import type { FastifyInstance, FastifyRequest } from "fastify";
import { invalid, mediaTypeUnsupported } from "./problems.ts";

/**
 * JSON in UTF-8 and nothing else: another charset, a compressed body, bytes that are no text and keys
 * that reach prototypes are refused.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<Buffer>(
    /^application\/([\w.-]+\+)?json\s*(;|$)/i,
    { parseAs: "buffer" },
    (request, body, done) => {
      try {
        refuseEncodings(request);
        const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
        if (text.trim() === "") return done(null, undefined);
        void parse(request, text, done);
      } catch (error) {
        done(error instanceof TypeError ? invalid("the body is not UTF-8") : (error as Error));
      }
    },
  );
}

function refuseEncodings({ headers }: FastifyRequest): void {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw mediaTypeUnsupported("a compressed body is none that this route takes");
  }
  const [, charset = "utf-8"] = /charset="?([^";\s]+)/i.exec(headers["content-type"] ?? "") ?? [];
  if (!/^utf-?8$/i.test(charset)) {
    throw mediaTypeUnsupported("the body's charset is not UTF-8");
  }
}
