/** The first bytes of something, and whether that is all of it. */
export interface Beginning {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isWhole: boolean;
}

/** Reads at most so many bytes of a body, and lets go of the rest. */
export async function readBeginning(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<Beginning> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let isWhole = true;
  if (body !== null) {
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (size + value.length > most) {
        parts.push(value.subarray(0, most - size));
        isWhole = false;
        await reader.cancel().catch(() => {});
        break;
      }
      parts.push(value);
      size += value.length;
    }
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, isWhole };
}

/** As UTF-8. What was cut off in the middle is left out up to the end of the line before. */
export function textOf({ bytes, isWhole }: Beginning): string {
  const text = new TextDecoder().decode(bytes);
  if (isWhole) return text;
  const end = text.lastIndexOf("\n");
  return end === -1 ? text.replace(/\ufffd$/, "") : text.slice(0, end + 1);
}
