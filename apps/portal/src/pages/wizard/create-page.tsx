import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { ROUTES } from "@sluice/api";
import { checkClusterName } from "@sluice/model";
import { useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { sentence } from "../../frame/format.ts";
import { notifyError } from "../../frame/notices.tsx";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { mayBeOnSite, useMe } from "../../frame/session.tsx";
import { Forbidden, Read } from "../../frame/states.tsx";
import { CreateReview } from "./create-review.tsx";
import { useDraft } from "./drafts.ts";
import type { ProviderName } from "./file-context.ts";
import { ProgressPage } from "./progress-page.tsx";
import { takeFile } from "./take-file.ts";
import { Workbench } from "./workbench.tsx";

export default function CreatePage() {
  const me = useMe();
  const [{ operation }, setAddress] = useAddress({ operation: "" });
  if (!mayBeOnSite(me, "administrator")) {
    return (
      <Page title={text.wizard.create} crumbs={crumbs()}>
        <Forbidden />
      </Page>
    );
  }
  if (operation !== "") {
    return (
      <ProgressPage
        id={operation}
        draftKey={keyOf(me.name)}
        crumbs={crumbs()}
        title={text.wizard.create}
        onBack={() => setAddress({ operation: "" })}
      />
    );
  }
  return <Writing onStarted={(id) => setAddress({ operation: id })} />;
}

const crumbs = () => [{ text: text.frame.pages.clusters, href: "/clusters" }];
const keyOf = (person: string) => `new.${person}`;

type Samples = readonly { readonly provider: string; readonly text: string }[];

function Writing({ onStarted }: { readonly onStarted: (operation: string) => void }) {
  const samples = useRead(ROUTES.listClusterFileSamples, {}, { staleTime: 3_600_000 });
  return (
    <Read from={samples}>{({ items }) => <Written samples={items} onStarted={onStarted} />}</Read>
  );
}

function Written({
  samples,
  onStarted,
}: {
  readonly samples: Samples;
  readonly onStarted: (operation: string) => void;
}) {
  const me = useMe();
  const [draft, setDraft] = useDraft(keyOf(me.name));
  const [isAsked, setAsked] = useState(false);
  const { name = "", text: file = samples[0]?.text ?? "", suppressed = [] } = draft ?? {};
  const nameError = problemOfName(name.trim(), isAsked);
  const setFile = (next: string): void => setDraft({ name, suppressed, text: next });
  // What nobody changed yet is replaced as a whole.
  const chooseProvider = (provider: ProviderName): boolean => {
    const sample = samples.find((one) => one.provider === provider)?.text;
    const isUntouched = samples.some((one) => one.text === file);
    if (sample === undefined || !isUntouched) return false;
    setFile(sample);
    return true;
  };
  return (
    <Page
      title={text.wizard.create}
      crumbs={crumbs()}
      actions={<Begin samples={samples} onFile={setFile} />}
    >
      <Workbench
        file={file}
        suppressed={suppressed}
        onFile={setFile}
        isRunning={false}
        place={{
          providers: samples.map(({ provider }) => provider as ProviderName),
          onProvider: chooseProvider,
          name: {
            value: name,
            error: nameError,
            onChange: (next) => setDraft({ text: file, suppressed, name: next }),
          },
        }}
        review={(goTo) => (
          <CreateReview
            name={nameError === undefined ? name.trim() : ""}
            file={file}
            suppressed={suppressed}
            onSuppressed={(next) => setDraft({ name, text: file, suppressed: next })}
            onName={() => {
              setAsked(true);
              goTo("place");
            }}
            onStarted={onStarted}
          />
        )}
      />
    </Page>
  );
}

/** An empty name is no mistake until it is needed. */
function problemOfName(name: string, isNeeded: boolean): string | undefined {
  if (name === "") return isNeeded ? text.wizard.place.nameMissing : undefined;
  const found = checkClusterName(name);
  return found && `${sentence(found.message)} ${sentence(found.suggestion)}`;
}

/** Another file to begin with: a sample, or one of the person's own. */
function Begin({
  samples,
  onFile,
}: {
  readonly samples: Samples;
  readonly onFile: (file: string) => void;
}) {
  const said = text.wizard.begin;
  const input = useRef<HTMLInputElement>(null);
  const { providers } = text.wizard.place;
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".yaml,.yml,text/plain"
        hidden
        onChange={({ target }) => {
          const [chosen] = target.files ?? [];
          if (chosen !== undefined) takeFile(chosen).then(onFile, notifyError);
          target.value = "";
        }}
      />
      <ButtonDropdown
        items={[
          ...samples.map(({ provider }) => ({
            id: provider,
            text: said.sample(providers[provider as ProviderName]),
          })),
          { id: "upload", text: said.upload },
        ]}
        onItemClick={({ detail }) => {
          const sample = samples.find(({ provider }) => provider === detail.id);
          if (sample === undefined) input.current?.click();
          else onFile(sample.text);
        }}
      >
        {said.title}
      </ButtonDropdown>
    </>
  );
}
