import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Icon from "@cloudscape-design/components/icon";
import Link from "@cloudscape-design/components/link";
import type { News } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { sentence } from "../../frame/format.ts";
import { When } from "../../frame/when.tsx";
import { headlineOf, hrefOf } from "./news.ts";
import "./home.css";

const SHOWN = 4;

/** What is broken or new, worst first; nothing when nothing is. */
export function NewsList({ news }: { readonly news: readonly News[] }) {
  const [isOpen, setOpen] = useState(false);
  const said = text.home.news;
  if (news.length === 0) return undefined;
  const shown = isOpen ? news : news.slice(0, SHOWN);
  const rest = news.length - SHOWN;
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <ul className="home-news" aria-label={said.title}>
        {shown.map((one) => (
          <li key={JSON.stringify(one)}>
            <div>
              <Icon
                name={`status-${one.severity === "error" ? "negative" : one.severity}`}
                variant={one.severity === "info" ? "subtle" : one.severity}
                ariaLabel={said.severities[one.severity]}
              />{" "}
              <Headline news={one} />
            </div>
            <Box color="text-body-secondary">
              {one.kind === "capacity-missing" && `${said.until} `}
              {one.time !== undefined && <When at={one.time} />}
            </Box>
            {one.reason !== undefined && (
              <div className="home-news-reason">
                <Box color="text-body-secondary">{sentence(one.reason)}</Box>
              </div>
            )}
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <Button variant="inline-link" onClick={() => setOpen(!isOpen)} ariaExpanded={isOpen}>
          {isOpen ? said.less : said.more(rest)}
        </Button>
      )}
    </Container>
  );
}

function Headline({ news }: { readonly news: News }) {
  const { linked, rest } = headlineOf(news);
  const href = hrefOf(news);
  return (
    <>
      {href === undefined ? linked : <Link href={href}>{linked}</Link>}
      {rest !== "" && ` ${rest}`}
    </>
  );
}
