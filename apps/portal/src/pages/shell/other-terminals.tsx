import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { shellRoutes } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { relativeTime } from "../../frame/format.ts";
import { useChange, useRead } from "../../frame/queries.ts";
import { Failure } from "../../frame/states.tsx";

/** So often it is looked whether others were opened. */
const LOOK = 15_000;

/** The person's terminals on the cluster that this window does not show. */
export function OtherTerminals({
  cluster,
  shown,
  onConnect,
}: {
  readonly cluster: string;
  /** By their ids. */
  readonly shown: ReadonlySet<string>;
  readonly onConnect: (id: string) => void;
}) {
  const { shell } = text;
  const listed = useRead(shellRoutes.listTerminals, { params: { cluster } }, { every: LOOK });
  const ends = useChange(shellRoutes.endTerminal, [shellRoutes.listTerminals]);
  const others = (listed.data?.terminals ?? []).filter(
    ({ id, ended }) => ended === undefined && !shown.has(id),
  );
  if (others.length === 0) return undefined;
  return (
    <section>
      <Box variant="h2" fontSize="heading-m">
        {shell.elsewhere(others.length)}
      </Box>
      <ul className="shell-others">
        {others.map(({ id, openedAt, from }) => (
          <li key={id}>
            <span>{shell.elsewhereMore(relativeTime(openedAt), from)}</span>
            <Button onClick={() => onConnect(id)}>{shell.connect}</Button>
            <Button
              variant="link"
              onClick={() => ends.mutate({ params: { cluster, terminal: id } })}
            >
              {shell.end}
            </Button>
          </li>
        ))}
      </ul>
      {ends.isError && <Failure error={ends.error} />}
    </section>
  );
}
