import { text } from "../catalogue/index.ts";
import { Page } from "../frame/page.tsx";
import { NotFound } from "../frame/states.tsx";

export default function NowherePage() {
  return (
    <Page title={text.frame.states.nowhere}>
      <NotFound />
    </Page>
  );
}
