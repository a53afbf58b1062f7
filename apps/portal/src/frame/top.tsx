import ButtonDropdown, {
  type ButtonDropdownProps,
} from "@cloudscape-design/components/button-dropdown";
import Icon from "@cloudscape-design/components/icon";
import { text } from "../catalogue/index.ts";
import { type Appearance, setAppearance, THEMES, type Theme, useAppearance } from "./appearance.ts";
import { notifyError } from "./notices.tsx";
import { signOut, useMe } from "./session.tsx";
import "./top.css";

/** The bar at the top: the way home, how pages look, who is signed in. */
export function Top({
  isOpen,
  onToggle,
}: {
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}) {
  const me = useMe();
  const appearance = useAppearance();
  const said = text.frame;
  return (
    <header className="top awsui-context-top-navigation">
      <button
        type="button"
        className="top-menu"
        aria-expanded={isOpen}
        aria-controls="pages"
        aria-label={isOpen ? said.closeNavigation : said.openNavigation}
        onClick={onToggle}
      >
        <Icon name="menu" />
      </button>
      <a className="top-brand" href="/">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        {said.product}
      </a>
      <div className="top-space" />
      <ButtonDropdown
        items={appearanceItems(appearance)}
        ariaLabel={said.appearance.title}
        onItemClick={({ detail }) => chooseAppearance(detail.id)}
      >
        {said.appearance.title}
      </ButtonDropdown>
      <ButtonDropdown
        items={[
          { id: "account", text: said.pages.account, href: "/account" },
          {
            id: "interface",
            text: said.help.interface,
            href: "/api/docs",
            external: true,
          },
          { id: "out", text: said.signOut },
          { id: "everywhere", text: said.signOutEverywhere },
        ]}
        ariaLabel={said.signedInAs(me.displayName ?? me.name)}
        onItemClick={({ detail }) => {
          if (detail.id !== "out" && detail.id !== "everywhere") return;
          signOut(detail.id === "everywhere").catch(notifyError);
        }}
      >
        {me.displayName ?? me.name}
      </ButtonDropdown>
    </header>
  );
}

function appearanceItems({ theme, isCompact }: Appearance): ButtonDropdownProps.ItemOrGroup[] {
  const said = text.frame.appearance;
  const choice = (
    id: string,
    name: string,
    isChosen: boolean,
  ): ButtonDropdownProps.CheckboxItem => ({
    id,
    text: name,
    itemType: "checkbox",
    checked: isChosen,
  });
  return [
    {
      text: said.theme,
      items: THEMES.map((one) => choice(`theme:${one}`, said[one], theme === one)),
    },
    {
      text: said.density,
      items: [
        choice("density:comfortable", said.comfortable, !isCompact),
        choice("density:compact", said.compact, isCompact),
      ],
    },
  ];
}

function chooseAppearance(id: string): void {
  const [what, value = ""] = id.split(":", 2);
  if (what === "theme") setAppearance({ theme: value as Theme });
  else setAppearance({ isCompact: value === "compact" });
}
