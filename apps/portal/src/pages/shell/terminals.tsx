import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { type JsonOf, shellRoutes } from "@sluice/api";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { readAgain, statusOf, useChange } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { Empty, Failure } from "../../frame/states.tsx";
import { OtherTerminals } from "./other-terminals.tsx";
import { useSettings } from "./settings.ts";
import { type ShownTerminal, useShownTerminals } from "./tabs.ts";
import { type TerminalTools, TerminalView } from "./terminal-view.tsx";
import { Toolbar } from "./toolbar.tsx";

type Limits = JsonOf<typeof shellRoutes.describeShell>;

/** The terminals of this window, and the person's others on the cluster. */
export function Terminals({
  cluster,
  limits,
  choice,
}: {
  readonly cluster: string;
  readonly limits: Limits;
  readonly choice: ReactNode;
}) {
  const { shell } = text;
  const client = useQueryClient();
  const shown = useShownTerminals();
  const [settings, changeSettings] = useSettings();
  const [chosen, choose] = useState<string>();
  const [ending, setEnding] = useState<ShownTerminal>();
  const opening = useChange(shellRoutes.openTerminal, [shellRoutes.listTerminals]);
  const tools = useRef(new Map<string, TerminalTools>());
  const toolbar = useRef<HTMLDivElement>(null);
  const active = shown.all.find(({ id }) => id === chosen) ?? shown.all.at(-1);

  const add = (id: string, on: string): void => {
    shown.add({ id, cluster: on });
    choose(id);
  };
  const open = (on: string): void =>
    opening.mutate({ params: { cluster: on }, body: {} }, { onSuccess: ({ id }) => add(id, on) });
  const end = async ({ id, cluster: on }: ShownTerminal): Promise<void> => {
    await server.call(shellRoutes.endTerminal, { params: { cluster: on, terminal: id } });
    shown.remove(id);
    await readAgain(client, [shellRoutes.listTerminals]);
  };
  /** Without a question for what is over already. */
  const dismiss = async (one: ShownTerminal): Promise<void> => {
    if (await isOver(one)) shown.remove(one.id);
    else setEnding(one);
  };

  const button = (isFirst: boolean) => (
    <Button
      iconName="add-plus"
      variant={isFirst ? "primary" : "normal"}
      loading={opening.isPending}
      onClick={() => open(cluster)}
    >
      {isFirst ? shell.openOn(cluster) : shell.open}
    </Button>
  );
  const tab = (one: ShownTerminal) => {
    const name = shell.tab(one.cluster, one.number);
    return {
      id: one.id,
      label: name,
      dismissible: true,
      dismissLabel: shell.endTab(name),
      onDismiss: () => void dismiss(one),
      contentRenderStrategy: "eager" as const,
      content: (
        <TerminalView
          cluster={one.cluster}
          id={one.id}
          name={name}
          isShown={one.id === active?.id}
          settings={settings}
          tools={(its) => {
            if (its === null) tools.current.delete(one.id);
            else tools.current.set(one.id, its);
          }}
          onLeave={() => toolbar.current?.querySelector("button")?.focus()}
          onAnother={() => {
            shown.remove(one.id);
            open(one.cluster);
          }}
        />
      ),
    };
  };

  return (
    <SpaceBetween size="m">
      {opening.isError && <Failure error={opening.error} />}
      {active === undefined ? (
        <Empty
          title={shell.none}
          more={shell.noneMore(limits.detachedMinutes)}
          action={
            <div className="shell-start">
              {choice}
              {button(true)}
            </div>
          }
        />
      ) : (
        <Tabs
          ariaLabel={shell.tabs}
          activeTabId={active.id}
          onChange={({ detail }) => choose(detail.activeTabId)}
          actions={
            <Toolbar
              place={toolbar}
              settings={settings}
              onSettings={changeSettings}
              toolsOf={() => tools.current.get(active.id)}
            >
              {choice}
              {button(false)}
            </Toolbar>
          }
          disableContentPaddings
          tabs={shown.all.map(tab)}
        />
      )}
      <OtherTerminals
        cluster={cluster}
        shown={new Set(shown.all.map(({ id }) => id))}
        onConnect={(id) => add(id, cluster)}
      />
      {ending !== undefined && (
        <Confirm
          title={shell.endTitle(shell.tab(ending.cluster, ending.number))}
          action={shell.end}
          onConfirm={() => end(ending)}
          onClose={() => setEnding(undefined)}
        >
          {shell.endMore}
        </Confirm>
      )}
    </SpaceBetween>
  );
}

/** Also where it is nobody's any more; what is not known lives. */
async function isOver({ id, cluster }: ShownTerminal): Promise<boolean> {
  try {
    const params = { cluster, terminal: id };
    return (await server.call(shellRoutes.describeTerminal, { params })).ended !== undefined;
  } catch (error) {
    return statusOf(error) === 404;
  }
}
