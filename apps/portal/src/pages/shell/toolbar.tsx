import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import type { ReactNode, Ref } from "react";
import { text } from "../../catalogue/index.ts";
import { FONT_SIZES, type Settings } from "./settings.ts";
import type { TerminalTools } from "./terminal-view.tsx";

/** What is done with the terminal that is shown, and how all are shown. */
export function Toolbar({
  place,
  settings,
  onSettings,
  toolsOf,
  children,
}: {
  /** Where the keyboard goes that leaves a terminal. */
  readonly place: Ref<HTMLDivElement>;
  readonly settings: Settings;
  readonly onSettings: (change: Partial<Settings>) => void;
  readonly toolsOf: () => TerminalTools | undefined;
  readonly children: ReactNode;
}) {
  const { shell } = text;
  const resize = (by: number): void => {
    const fontSize = settings.fontSize + by;
    if (fontSize >= FONT_SIZES.least && fontSize <= FONT_SIZES.most) onSettings({ fontSize });
  };
  return (
    <div className="shell-new" ref={place}>
      {children}
      <Button
        iconName="zoom-out"
        variant="icon"
        ariaLabel={shell.smaller}
        onClick={() => resize(-1)}
      />
      <Button
        iconName="zoom-in"
        variant="icon"
        ariaLabel={shell.larger}
        onClick={() => resize(1)}
      />
      <ButtonDropdown
        variant="icon"
        ariaLabel={shell.tools}
        items={[
          { id: "copy", text: shell.copy },
          { id: "paste", text: shell.paste },
          { id: "clear", text: shell.clear },
          {
            id: "reader",
            text: shell.forScreenReader,
            itemType: "checkbox",
            checked: settings.forScreenReader,
          },
        ]}
        onItemClick={({ detail: { id, checked } }) => {
          if (id === "copy" || id === "paste" || id === "clear") toolsOf()?.[id]();
          else onSettings({ forScreenReader: checked === true });
        }}
      />
    </div>
  );
}
