// The door: sign in, or make the first account.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ApiError, claim, openSession } from "../api/client.ts";
import { Button, Field } from "../ui/basic.tsx";
import { Icon, Mark } from "../ui/icon.tsx";

const kPasswordMin = 8;

function Door({ title, lead, children, onSubmit }: {
  title: string; lead: string; children: ComponentChildren; onSubmit: () => void;
}) {
  useEffect(() => {
    document.title = `${title} · rowhouse`;
  }, [title]);
  return (
    <main class="door">
      <form class="door-card" onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}>
        <div class="door-head"><Mark size={34} /><h1>{title}</h1><p class="soft">{lead}</p></div>
        {children}
      </form>
    </main>
  );
}

function DoorError({ error }: { error: ApiError | null }) {
  if (!error) return <div role="alert" />;
  return (
    <div class="banner bad" role="alert">
      <Icon name="warn" /><div>{error.message}{error.fix && <><br /><span class="soft">{error.fix}</span></>}</div>
    </div>
  );
}

/** Counts down the seconds for which the server takes no further try. */
function useWait(): [number, (seconds: number) => void] {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return [left, setLeft];
}

export function SignIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useWait();
  const go = async () => {
    setBusy(true);
    try {
      await openSession({ email, password });
    } catch (reason) {
      const known = reason as ApiError;
      setError(known);
      const retry = Number(known.body?.retry_after_s ?? (known.body?.error as Record<string, unknown> | undefined)?.retry_after_s);
      if (known.status === 429 && retry > 0) setWait(Math.ceil(retry));
      setPassword("");
      document.querySelector<HTMLInputElement>("input[type=password]")?.focus();
    }
    setBusy(false);
  };
  return (
    <Door title="Sign in" lead="MySQL to Kafka to ClickHouse, every row in sight." onSubmit={go}>
      <DoorError error={error} />
      <Field label="E-mail">
        <input type="email" name="email" autocomplete="username" required autofocus value={email} onInput={(e) => setEmail(e.currentTarget.value)} />
      </Field>
      <Field label="Password">
        <input type="password" name="password" autocomplete="current-password" required value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
      </Field>
      <Button type="submit" kind="primary" busy={busy} disabled={wait > 0}>{wait > 0 ? `Try again in ${wait} s` : "Sign in"}</Button>
    </Door>
  );
}

export function Claim() {
  const { route } = useLocation();
  const given = decodeURIComponent(/^\/claim\/(.+)$/.exec(location.pathname)?.[1] ?? "");
  const [token, setToken] = useState(given);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const short = password !== "" && password.length < kPasswordMin ? `At least ${kPasswordMin} characters` : undefined;
  const differs = again !== "" && again !== password ? "The two passwords differ" : undefined;
  const go = async () => {
    setBusy(true);
    try {
      await claim({ token, email, password });
      route("/", true);
    } catch (reason) {
      setError(reason as ApiError);
    }
    setBusy(false);
  };
  return (
    <Door title="Create the administrator" lead="This console has no account yet. The link that rowhouse printed in its terminal proves that it is yours." onSubmit={go}>
      <DoorError error={error} />
      {!given && (
        <Field label="Token" hint="The last part of the printed link; it works for 10 minutes">
          <input required value={token} autofocus onInput={(e) => setToken(e.currentTarget.value)} spellcheck={false} autocomplete="off" />
        </Field>
      )}
      <Field label="E-mail">
        <input type="email" autocomplete="username" required autofocus={given !== ""} value={email} onInput={(e) => setEmail(e.currentTarget.value)} />
      </Field>
      <Field label="Password" error={short}>
        <input type="password" autocomplete="new-password" required minLength={kPasswordMin} value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
      </Field>
      <Field label="Password again" error={differs}>
        <input type="password" autocomplete="new-password" required value={again} onInput={(e) => setAgain(e.currentTarget.value)} />
      </Field>
      <Button type="submit" kind="primary" busy={busy} disabled={!!short || password !== again}>Create account</Button>
    </Door>
  );
}
