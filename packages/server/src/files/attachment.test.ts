import fc from "fast-check";
import { expect, test } from "vitest";
import { contentDisposition } from "./attachment.ts";

test("a header is one line of plain characters, whatever the name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const header = contentDisposition(name);
      expect(header).toMatch(/^attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[^\s"';,]*$/);
      expect(header).toMatch(/^[\x20-\x7e]+$/);
    }),
  );
});

test("names are kept where they can be", () => {
  expect(contentDisposition("Übung 1.pdf")).toBe(
    "attachment; filename=\"_bung 1.pdf\"; filename*=UTF-8''%C3%9Cbung%201.pdf",
  );
  expect(contentDisposition('a"; filename="b.exe')).toContain('filename="a_; filename=_b.exe"');
  expect(contentDisposition("txt\u202eexe.sh\r\nx: y")).toContain('filename="txt_exe.sh__x: y"');
});
