import { useEffect, useRef, useState } from "react";

/** Milliseconds after the last key before what was typed is asked for. */
const PAUSE = 250;

/**
 * What stands in a field that searches while one types: `onChange` gets it when the typing rests.
 * It follows `value` where that changes by itself, as by going back.
 */
export function useTyped(
  value: string,
  onChange: (typed: string) => void,
): readonly [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      tell.current(typed);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped];
}
