import { render } from "preact";
import { App } from "./app.tsx";
import { listen } from "./lib/keys.ts";
import { applyLooks } from "./lib/store.ts";
import { startClock } from "./lib/time.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/table.css";
import "./styles/pages.css";
import "./styles/messages.css";

applyLooks();
startClock();
listen();
render(<App />, document.getElementById("app")!);
