import { ROUTES, type RunView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { Empty, Loading } from "../../frame/states.tsx";
import { valuesShown } from "./values.ts";

/** What the run was asked for, by the labels of the form; of one that is gone, by the names. */
export function RunValues({ run }: { readonly run: RunView }) {
  const { name, version } = run.application;
  const form = useRead(
    ROUTES.getApplication,
    { params: { application: name }, query: { version } },
    { staleTime: Number.POSITIVE_INFINITY },
  );
  if (form.isPending) return <Loading />;
  const values = valuesShown(run.values, form.data?.fields ?? []);
  if (values.length === 0) return <Empty title={text.runs.page.defaults} />;
  return (
    <dl className="run-values">
      {values.map(({ name: field, label, value, isLong }) => (
        <div key={field} style={{ display: "contents" }}>
          <dt>{label}</dt>
          <dd>{isLong ? <pre>{value}</pre> : value}</dd>
        </div>
      ))}
    </dl>
  );
}
