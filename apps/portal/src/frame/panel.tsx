import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import { text } from "../catalogue/index.ts";
import "./panel.css";

/** What stands alone on a page, as signing in does. */
export function Panel({ children }: { readonly children: ReactNode }) {
  return (
    <main className="panel">
      <div className="panel-brand">
        <img src="/favicon.svg" alt="" width="32" height="32" />
        <Box variant="h2" tagOverride="p" padding="n">
          {text.frame.product}
        </Box>
      </div>
      {children}
    </main>
  );
}
