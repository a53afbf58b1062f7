import { useEffect, useState } from "react";
import type { ProviderName } from "./file-context.ts";

/** Regions whose prices are known; loaded with the catalogue of machine types. */
export function useRegions(provider: ProviderName): readonly string[] {
  const [regions, setRegions] = useState<readonly string[]>([]);
  useEffect(() => {
    let isOver = false;
    import("./machine-types.ts").then(
      (catalogue) => {
        if (!isOver) setRegions(catalogue.regionsOf(provider));
      },
      () => {
        // Without them a region is typed.
      },
    );
    return () => {
      isOver = true;
    };
  }, [provider]);
  return regions;
}
