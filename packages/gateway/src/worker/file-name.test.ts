import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, bytesOfText, rawOf, rawOfText, shown, textOf, textOfBytes } from "./file-name.ts";

describe("names of files", () => {
  test("any bytes have a text, and come back from it", () => {
    const interesting = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .array(fc.constantFrom(0xf4, 0x8f, 0xba, 0x80, 0xc3, 0xa9, 0x41))
        .map((codes) => Uint8Array.from(codes)),
    );
    fc.assert(
      fc.property(interesting, (bytes) => {
        const text = textOfBytes(Buffer.from(bytes));
        expect(text.isWellFormed()).toBe(true);
        expect([...bytesOfText(text)]).toEqual([...bytes]);
        expect(decodeURIComponent(encodeURIComponent(text))).toBe(text);
      }),
    );
  });

  test("what is UTF-8 is its own text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/[\u{10fe80}-\u{10feff}]/u.test(text) && !text.includes("\0"));
        expect(textOf(rawOfText(text))).toBe(text);
        expect(bytesOf(rawOf(Buffer.from(text))).toString("utf8")).toBe(text);
      }),
    );
  });

  test("a character that stands for a byte is not taken for it where it is really there", () => {
    const real = Buffer.from("\u{10fec3}\u{10fea9}");
    expect(textOfBytes(real)).not.toBe(textOfBytes(Buffer.from([0xc3, 0xa9])));
    expect(bytesOfText(textOfBytes(real))).toEqual(real);
  });

  test("half a pair and NUL are refused", () => {
    expect(() => rawOfText("a\ud800b")).toThrow(
      expect.objectContaining({ code: "FILE_NAME_INVALID" }),
    );
    expect(() => rawOfText("a\0b")).toThrow(expect.objectContaining({ code: "FILE_NAME_INVALID" }));
  });

  test("messages have them on one line", () => {
    expect(shown("a\nb\u{10feff}\u2028")).toBe("a\\x0ab\\xff\\x2028");
  });
});
