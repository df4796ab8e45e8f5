import { useLocation } from "preact-iso";
import { Empty } from "../ui/basic.tsx";
import { Page } from "../ui/page.tsx";

export default function NotFound() {
  const { path } = useLocation();
  return (
    <Page crumbs={[{ text: "Not found" }]}>
      <Empty icon="search" title={`There is no page ${path}`}>The address may be of another version. Press Ctrl K to go anywhere, or start at the <a href="/">overview</a>.</Empty>
    </Page>
  );
}
