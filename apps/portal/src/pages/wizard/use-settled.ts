import { useEffect, useState } from "react";

/** Milliseconds without a change, after which a text is taken for what is meant. */
const STILL = 500;

/** The text, as it was when it last stood still: for what is dear to ask. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), STILL);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
