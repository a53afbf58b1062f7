import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { ROUTES } from "@sluice/api";
import { useParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { useMay, useMe } from "../../frame/session.tsx";
import { Forbidden, Read } from "../../frame/states.tsx";
import { OperationProgress } from "../../parts/operation/operation-progress.tsx";
import { ChangeReview } from "./change-review.tsx";
import { useDraft } from "./drafts.ts";
import { ProgressPage } from "./progress-page.tsx";
import { Workbench } from "./workbench.tsx";

export default function ChangePage() {
  const { cluster = "" } = useParams();
  const me = useMe();
  const may = useMay("administrator", cluster);
  const [{ operation }, setAddress] = useAddress({ operation: "" });
  const title = text.wizard.change(cluster);
  if (!may) {
    return (
      <Page title={title} crumbs={crumbs(cluster)}>
        <Forbidden />
      </Page>
    );
  }
  const draftKey = `${cluster}.${me.name}`;
  if (operation !== "") {
    return (
      <ProgressPage
        id={operation}
        draftKey={draftKey}
        crumbs={crumbs(cluster)}
        title={title}
        onBack={() => setAddress({ operation: "" })}
      />
    );
  }
  return (
    <Writing
      cluster={cluster}
      draftKey={draftKey}
      onStarted={(id) => setAddress({ operation: id })}
    />
  );
}

const crumbs = (cluster: string) => [
  { text: text.frame.pages.clusters, href: "/clusters" },
  { text: cluster, href: clusterHref(cluster) },
];

interface WritingProps {
  readonly cluster: string;
  readonly draftKey: string;
  readonly onStarted: (operation: string) => void;
}

function Writing(props: WritingProps) {
  const { cluster } = props;
  const file = useRead(ROUTES.getClusterFile, { params: { cluster } }, { topics: ["cluster"] });
  return <Read from={file}>{(former) => <Written {...props} former={former} />}</Read>;
}

function Written({
  cluster,
  draftKey,
  onStarted,
  former,
}: WritingProps & { readonly former: { readonly version: number; readonly text: string } }) {
  const [draft, setDraft] = useDraft(draftKey);
  const { data } = useRead(ROUTES.getCluster, { params: { cluster } }, { topics: ["cluster"] });
  const { text: file = former.text, suppressed = [] } = draft ?? {};
  return (
    <Page
      title={text.wizard.change(cluster)}
      crumbs={crumbs(cluster)}
      description={text.wizard.plan.version(former.version)}
      actions={
        <Button disabled={file === former.text} onClick={() => setDraft(undefined)}>
          {text.wizard.begin.undo}
        </Button>
      }
    >
      {data?.operation !== undefined && (
        <Alert type="info" header={text.wizard.plan.busy}>
          <OperationProgress id={data.operation} />
        </Alert>
      )}
      <Workbench
        file={file}
        suppressed={suppressed}
        onFile={(next) => setDraft({ text: next })}
        isRunning
        place={{ providers: [], onProvider: () => false }}
        review={() => (
          <ChangeReview
            cluster={cluster}
            former={former.text}
            file={file}
            suppressed={suppressed}
            onSuppressed={(next) => setDraft({ text: file, suppressed: next })}
            onStarted={onStarted}
          />
        )}
      />
    </Page>
  );
}
