import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { language } from "../catalogue/index.ts";
import { Entrance } from "./entrance.tsx";
import { LinkPage, linkOf, type OneTimeLink } from "./link-page.tsx";
import { queryClient } from "./queries.ts";

/** The portal: a one-time link's page where the address has one, and else what sign-in leads to. */
export function App() {
  const [link, setLink] = useState<OneTimeLink | undefined>(() => linkOf(location.hash));
  return (
    <I18nProvider locale={language} messages={[messages]}>
      <QueryClientProvider client={queryClient}>
        {link === undefined ? (
          <Entrance />
        ) : (
          <LinkPage
            link={link}
            onDone={() => {
              history.replaceState(null, "", "/");
              setLink(undefined);
            }}
          />
        )}
      </QueryClientProvider>
    </I18nProvider>
  );
}
