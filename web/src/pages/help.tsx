// The page of one error code: what it means and what to do.
import { useRoute } from "preact-iso";
import { path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import { Card, Loaded, Page } from "../ui/page.tsx";

interface HelpText {
  code?: string;
  title?: string;
  text?: string;
}

export default function HelpPage() {
  const code = useRoute().params.code ?? "";
  const help = useResource<HelpText>(`/help${path(code)}`);
  return (
    <Page crumbs={[{ text: "Help" }, { text: code }]}>
      <Loaded from={help}>{(data) => (
        <>
          <div class="page-head"><h1><code>{code}</code> {data.title}</h1></div>
          <Card title="What it means"><pre class="prose">{data.text}</pre></Card>
          <p class="faint">The same in a terminal: <code>rowhouse help {code}</code></p>
        </>
      )}</Loaded>
    </Page>
  );
}
