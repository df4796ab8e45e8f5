// Which page stands at which address, and who may see it.
import { LocationProvider, Route, Router, lazy } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { gate, openSession } from "./api/client.ts";
import { SignIn, Claim } from "./pages/sign_in.tsx";
import { Failure, Loading } from "./ui/basic.tsx";
import { Shell } from "./ui/shell.tsx";
import { Toasts } from "./ui/toast.tsx";

const Overview = lazy(() => import("./pages/overview.tsx"));
const Tables = lazy(() => import("./pages/tables.tsx"));
const TablePage = lazy(() => import("./pages/table.tsx"));
const TracePage = lazy(() => import("./pages/trace.tsx"));
const DeadLetters = lazy(() => import("./pages/dead_letters.tsx"));
const Backfills = lazy(() => import("./pages/backfills.tsx"));
const VerifyPage = lazy(() => import("./pages/verify.tsx"));
const DdlLog = lazy(() => import("./pages/ddl_log.tsx"));
const Topics = lazy(() => import("./pages/topics.tsx"));
const TopicPage = lazy(() => import("./pages/topic.tsx"));
const Schemas = lazy(() => import("./pages/schemas.tsx"));
const SchemaPage = lazy(() => import("./pages/schema.tsx"));
const Groups = lazy(() => import("./pages/groups.tsx"));
const GroupPage = lazy(() => import("./pages/group.tsx"));
const Connectors = lazy(() => import("./pages/connectors.tsx"));
const SqlPage = lazy(() => import("./pages/sql.tsx"));
const Services = lazy(() => import("./pages/services.tsx"));
const ServiceLog = lazy(() => import("./pages/service_log.tsx"));
const AlertsPage = lazy(() => import("./pages/alerts.tsx"));
const Clusters = lazy(() => import("./pages/clusters.tsx"));
const ClusterForm = lazy(() => import("./pages/cluster_form.tsx"));
const Users = lazy(() => import("./pages/users.tsx"));
const Audit = lazy(() => import("./pages/audit.tsx"));
const Settings = lazy(() => import("./pages/settings.tsx"));
const HelpPage = lazy(() => import("./pages/help.tsx"));
const NotFound = lazy(() => import("./pages/not_found.tsx"));

function Pages() {
  return (
    <Router>
      <Route path="/" component={Overview} />
      <Route path="/tables" component={Tables} />
      <Route path="/tables/:table" component={TablePage} />
      <Route path="/trace" component={TracePage} />
      <Route path="/dead-letters" component={DeadLetters} />
      <Route path="/backfills" component={Backfills} />
      <Route path="/verify" component={VerifyPage} />
      <Route path="/schema-changes" component={DdlLog} />
      <Route path="/k/:cluster/topics" component={Topics} />
      <Route path="/k/:cluster/topics/:topic" component={TopicPage} />
      <Route path="/k/:cluster/schemas" component={Schemas} />
      <Route path="/k/:cluster/schemas/:subject" component={SchemaPage} />
      <Route path="/k/:cluster/groups" component={Groups} />
      <Route path="/k/:cluster/groups/:group" component={GroupPage} />
      <Route path="/k/:cluster/connectors" component={Connectors} />
      <Route path="/sql" component={SqlPage} />
      <Route path="/services" component={Services} />
      <Route path="/services/:service" component={ServiceLog} />
      <Route path="/alerts" component={AlertsPage} />
      <Route path="/clusters" component={Clusters} />
      <Route path="/clusters/:cluster" component={ClusterForm} />
      <Route path="/users" component={Users} />
      <Route path="/audit" component={Audit} />
      <Route path="/settings" component={Settings} />
      <Route path="/help/:code" component={HelpPage} />
      <Route default component={NotFound} />
    </Router>
  );
}

/** Takes up the session; retries by itself while the server is away. */
function Gate() {
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let timer = 0;
    const ask = () => openSession().then(() => setError(null)).catch((reason) => {
      if (gate.value !== "unknown") return;
      setError(reason);
      timer = window.setTimeout(ask, 3000);
    });
    void ask();
    return () => clearTimeout(timer);
  }, []);
  if (location.pathname.startsWith("/claim") && gate.value !== "open") return <Claim />;
  if (gate.value === "open") return <Shell><Pages /></Shell>;
  if (gate.value === "claim") return <Claim />;
  if (gate.value === "sign-in") return <SignIn />;
  return <div class="door">{error ? <Failure error={error} /> : <Loading what="Connecting" />}</div>;
}

export function App() {
  return (
    <LocationProvider>
      <Gate />
      <Toasts />
    </LocationProvider>
  );
}
