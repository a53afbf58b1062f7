import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import { type JsonOf, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { number, sentence } from "../../frame/format.ts";
import { useChange, useRead } from "../../frame/queries.ts";
import { useSettled } from "../../frame/settled.ts";
import { Empty, Failure } from "../../frame/states.tsx";
import { DiffView } from "../../parts/editor/diff-view.tsx";
import { ChoiceField } from "./fields.tsx";
import { Part } from "./part.tsx";
import { Accepted, CostWords, Planning, PlanSteps, Refusal, UnknownPrices } from "./plan-parts.tsx";
import { STILL } from "./use-review.ts";

type Plan = JsonOf<typeof ROUTES.planClusterUpdate>;
type Change = Plan["changes"][number];
type Effect = Change["effect"];

/** What another file changes, when, and what that means for jobs; then it is applied. */
export function ChangeReview({
  cluster,
  former,
  file,
  suppressed,
  onSuppressed,
  onStarted,
}: {
  readonly cluster: string;
  readonly former: string;
  readonly file: string;
  readonly suppressed: readonly string[];
  readonly onSuppressed: (suppressed: readonly string[]) => void;
  readonly onStarted: (operation: string) => void;
}) {
  const said = text.wizard.plan;
  const settled = useSettled(file, STILL);
  const body = { clusterConfiguration: settled, suppressValidators: [...suppressed] };
  const plan = useRead(
    ROUTES.planClusterUpdate,
    { params: { cluster }, body },
    { enabled: settled !== former, topics: ["cluster"], keep: true },
  );
  const apply = useChange(ROUTES.updateCluster, [ROUTES.getCluster, ROUTES.listClusters]);
  if (file === former) return <Empty title={said.nothing} more={said.nothingMore} />;
  const { data, error } = plan;
  return (
    <SpaceBetween size="l">
      {error !== null && (
        <Refusal
          error={error}
          suppressed={suppressed}
          onSuppressed={onSuppressed}
          again={() => void plan.refetch()}
        />
      )}
      {data === undefined && error === null && <Planning />}
      {data !== undefined && error === null && (
        <Part title={text.wizard.review.title}>
          <PlanView plan={data} />
          {apply.error !== null && <Failure error={apply.error} />}
          <Button
            variant="primary"
            loading={apply.isPending}
            disabled={settled !== file || plan.isPlaceholderData || data.effect === "refused"}
            onClick={() =>
              apply.mutate({ params: { cluster }, body }, { onSuccess: ({ id }) => onStarted(id) })
            }
          >
            {said.apply}
          </Button>
        </Part>
      )}
      <Accepted suppressed={suppressed} onSuppressed={onSuppressed} />
      <Part title={said.text}>
        <DiffView before={former} after={settled} label={said.text} />
      </Part>
    </SpaceBetween>
  );
}

const ALERTS = {
  live: "success",
  drain: "info",
  terminate: "warning",
  "fleet-stop": "warning",
  refused: "error",
} as const satisfies Readonly<Record<Effect, string>>;

const SIGNS: Readonly<Record<Effect, StatusIndicatorProps.Type>> = {
  live: "success",
  drain: "pending",
  terminate: "warning",
  "fleet-stop": "warning",
  refused: "error",
};

function PlanView({ plan }: { readonly plan: Plan }) {
  const said = text.wizard.plan;
  const { review } = text.wizard;
  const { effect, cost, addedNodes, removedNodes } = plan;
  return (
    <SpaceBetween size="l">
      <Alert type={effect === undefined ? "info" : ALERTS[effect]}>
        {effect === undefined ? said.nothing : said.overall[effect]}
      </Alert>
      {plan.changes.length > 0 && (
        <ul className="findings is-whole" aria-label={said.changes}>
          {plan.changes.map((change) => (
            <ChangeRow key={change.path} change={change} />
          ))}
        </ul>
      )}
      <div className="plan-nodes">
        {addedNodes.length > 0 && <div>{said.addedNodes(number(addedNodes.length))}</div>}
        {removedNodes.length > 0 && <div>{said.removedNodes(number(removedNodes.length))}</div>}
      </div>
      {effect !== undefined && effect !== "live" && effect !== "refused" && (
        <ChoiceField
          path={["Scheduling", "SlurmSettings", "QueueUpdateStrategy"]}
          label={said.strategy}
          fallback="COMPUTE_FLEET_STOP"
          choices={(["COMPUTE_FLEET_STOP", "DRAIN", "TERMINATE"] as const).map((value) => ({
            value,
            label: said.strategies[value],
            description: said.strategiesMore[value],
          }))}
        />
      )}
      <PlanSteps title={review.steps} steps={plan.steps} />
      <div>
        <Box variant="h3">{review.cost}</Box>
        <div>
          {review.costNow}: <CostWords cost={cost.before} />
        </div>
        <div>
          {review.costAfter}: <CostWords cost={cost.after} />
        </div>
        <UnknownPrices names={cost.unknownPrices} />
      </div>
    </SpaceBetween>
  );
}

function ChangeRow({ change }: { readonly change: Change }) {
  const said = text.wizard.plan;
  const { path, effect, reason, suggestion, nodes } = change;
  return (
    <li className="change">
      <div className="change-head">
        <code>{path}</code>
        <StatusIndicator type={SIGNS[effect]}>{said.effects[effect]}</StatusIndicator>
      </div>
      <div>{valuesOf(change)}</div>
      <div className="finding-more">
        {sentence(reason)} {suggestion !== undefined && sentence(suggestion)}{" "}
        {nodes.length > 0 && sentence(said.nodes(nodes.length))}
      </div>
    </li>
  );
}

function valuesOf({ from, to }: Change): string {
  const said = text.wizard.plan;
  if (from === undefined || from === null) return said.added(shown(to));
  if (to === undefined || to === null) return said.removed(shown(from));
  return said.fromTo(shown(from), shown(to));
}

/** Longer ones are in the difference of the texts. */
const MOST_SHOWN = 80;

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    const { Name } = value as { readonly Name?: unknown };
    return typeof Name === "string" ? Name : text.wizard.plan.section;
  }
  const word = `${value}`;
  return word.length > MOST_SHOWN ? `${word.slice(0, MOST_SHOWN)}…` : word;
}
