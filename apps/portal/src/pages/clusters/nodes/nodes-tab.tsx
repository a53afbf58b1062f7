import Alert from "@cloudscape-design/components/alert";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import TextFilter from "@cloudscape-design/components/text-filter";
import { DOING_LETTERS, type NodeDoing, ROUTES } from "@sluice/api";
import { useMemo } from "react";
import { text } from "../../../catalogue/index.ts";
import { useAddress } from "../../../frame/address.ts";
import { useRead } from "../../../frame/queries.ts";
import { Empty, errorSentences, Read } from "../../../frame/states.tsx";
import { KINDS } from "../../../parts/node-bar/node-kinds.ts";
import { countKinds, groupsOf, kindOf } from "./node-groups.ts";
import { NodeLegend } from "./node-legend.tsx";
import { NodeMapView } from "./node-map.tsx";
import { NodePanel } from "./node-panel.tsx";
import { NodesTable } from "./nodes-table.tsx";
import "../../../parts/node-bar/node-bar.css";
import "../nodes.css";

/** The nodes of a cluster as a picture or as a table; one of them opened beside it. */
export function NodesTab({ cluster }: { readonly cluster: string }) {
  const said = text.clusters.nodes;
  const [address, setAddress] = useAddress({ view: "map", show: "", node: "", find: "" });
  const map = useRead(ROUTES.getNodeMap, { params: { cluster } }, { every: 5_000 });
  const shown: ReadonlySet<NodeDoing> = new Set(Array.from(address.show, kindOf));
  const isTable = address.view === "table";
  const choose = (node: string): void => setAddress({ node });
  const show = (kinds: ReadonlySet<NodeDoing>): void => {
    // A table is of one kind or of all; the newest of two is meant.
    const kept = isTable ? [...kinds].slice(-1) : KINDS.filter((kind) => kinds.has(kind));
    setAddress({ show: kept.map((kind) => DOING_LETTERS[kind]).join("") });
  };
  const groups = useMemo(() => (map.data === undefined ? [] : groupsOf(map.data)), [map.data]);
  const filters = (
    <div className="nodes-bar">
      <div className="filters">
        <TextFilter
          filteringText={address.find}
          filteringAriaLabel={said.find}
          filteringPlaceholder={said.find}
          onChange={({ detail }) => setAddress({ find: detail.filteringText })}
        />
        <SegmentedControl
          selectedId={isTable ? "table" : "map"}
          label={said.view}
          options={[
            { id: "map", text: said.asMap },
            { id: "table", text: said.asTable },
          ]}
          onChange={({ detail }) =>
            setAddress({ view: detail.selectedId, show: address.show.slice(0, 1) })
          }
        />
      </div>
      <NodeLegend counts={countKinds(groups)} shown={shown} onChange={show} />
    </div>
  );
  return (
    <div className="nodes-split" data-open={address.node !== ""}>
      <div>
        {map.data !== undefined && map.error !== null && (
          <Alert type="warning" header={said.old}>
            {errorSentences(map.error).join(" ")}
          </Alert>
        )}
        {isTable ? (
          <NodesTable
            cluster={cluster}
            does={[...shown][0]}
            find={address.find}
            filters={filters}
            onChoose={choose}
            onClear={() => setAddress({ find: "", show: "" })}
          />
        ) : (
          <Read from={map}>
            {() =>
              groups.length === 0 ? (
                <Empty title={said.none} />
              ) : (
                <>
                  {filters}
                  <NodeMapView
                    cluster={cluster}
                    groups={groups}
                    shown={shown}
                    find={address.find}
                    chosen={address.node}
                    onChoose={choose}
                  />
                </>
              )
            }
          </Read>
        )}
      </div>
      {address.node !== "" && (
        <aside className="nodes-panel" aria-label={said.panel(address.node)}>
          <NodePanel cluster={cluster} name={address.node} onClose={() => choose("")} />
        </aside>
      )}
    </div>
  );
}
