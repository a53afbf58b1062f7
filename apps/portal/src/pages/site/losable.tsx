import Alert from "@cloudscape-design/components/alert";
import type { SiteView, ZoneLoss } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

/** Whether any one zone may be lost now, and else why not. */
export function Losable({ site: { zones } }: { readonly site: SiteView }) {
  const said = text.site.losable;
  const up = zones.filter(({ state }) => state === "up");
  const kept = up.filter(({ isLosable }) => !isLosable);
  const isWhole = kept.length === 0 && up.length === zones.length;
  return (
    <Alert type={isWhole ? "success" : "warning"} header={headerOf(zones, kept)}>
      {isWhole && said.allMore}
      {up
        .filter(({ ifLost }) => ifLost.length > 0)
        .map(({ name, ifLost }) => (
          <div key={name} className="site-losses">
            {said.why(name)}
            <ul>
              {ifLost.map((loss) => (
                <li key={JSON.stringify(loss)}>{lossWords(loss)}</li>
              ))}
            </ul>
          </div>
        ))}
    </Alert>
  );
}

function headerOf(zones: SiteView["zones"], kept: SiteView["zones"]): string {
  const said = text.site.losable;
  if (zones.length === 1) return said.single;
  if (kept.length === 0) return said.all;
  const up = zones.filter(({ state }) => state === "up");
  if (kept.length === up.length) return said.none;
  return said.some(kept.map(({ name }) => name).join(", "));
}

function lossWords({ kind, cluster = "", queues = [] }: ZoneLoss): string {
  return text.site.losses[kind](cluster, queues.join(", "));
}
