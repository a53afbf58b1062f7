import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

/** So near to the end, in pixels, one is at the end. */
const NEAR = 24;
/** Milliseconds after a key or a wheel in which scrolling is a person's. */
const BY_HAND = 400;

const HANDS = ["wheel", "touchmove", "pointerdown", "pointermove", "keydown"] as const;

/** Keeps an element at its end while it grows, until somebody scrolls up; at the end it goes on. */
export function useFollow(scroller: RefObject<HTMLElement | null>): {
  readonly isFollowing: boolean;
  readonly setFollowing: (is: boolean) => void;
} {
  const [isFollowing, setState] = useState(true);
  const following = useRef(true);
  const setFollowing = useCallback(
    (is: boolean): void => {
      following.current = is;
      setState(is);
      const element = scroller.current;
      if (is && element !== null) element.scrollTop = element.scrollHeight;
    },
    [scroller],
  );
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const over = new AbortController();
    const options = { signal: over.signal, passive: true };
    let touched = Number.NEGATIVE_INFINITY;
    for (const hand of HANDS) {
      element.addEventListener(
        hand,
        (event) => {
          // A pointer that only passes by scrolls nothing.
          if (event instanceof PointerEvent && event.buttons === 0) return;
          touched = performance.now();
        },
        options,
      );
    }
    element.addEventListener(
      "scroll",
      () => {
        const rest = element.scrollHeight - element.clientHeight - element.scrollTop;
        if (performance.now() - touched > BY_HAND) return;
        const is = rest < NEAR;
        if (is !== following.current) {
          following.current = is;
          setState(is);
        }
      },
      options,
    );
    const stay = (): void => {
      if (following.current) element.scrollTop = element.scrollHeight;
    };
    const sizes = new ResizeObserver(stay);
    sizes.observe(element);
    const grown = new MutationObserver(() => {
      for (const child of element.children) sizes.observe(child);
      stay();
    });
    grown.observe(element, { childList: true, subtree: true, characterData: true });
    return () => {
      over.abort();
      sizes.disconnect();
      grown.disconnect();
    };
  }, [scroller]);
  return { isFollowing, setFollowing };
}
