// Dialogs on the browser's own <dialog>: focus stays inside, Escape closes.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client.ts";
import { Button, Failure, Field } from "./basic.tsx";
import { say } from "./toast.tsx";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}

export function Dialog({ title, onClose, children, wide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    element.showModal();
    return () => {
      element.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={dialog} class={wide ? "wide" : ""} aria-label={title} onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2>{title}</h2>
          <Button icon="close" kind="ghost" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

export interface FormProps {
  title: string;
  submit: string;
  danger?: boolean;
  wide?: boolean;
  disabled?: boolean;
  onClose: () => void;
  /** Does the work; the text it gives is shown as done, and the dialog closes. */
  run: () => Promise<string | void>;
  children: ComponentChildren;
}

/** A dialog around a form that calls the server and shows what it said. */
export function FormDialog({ title, submit, danger, wide, disabled, onClose, run, children }: FormProps) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const go = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const done = await run();
      if (done) say(done);
      onClose();
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} wide={wide ?? false}>
      <form onSubmit={go} class="form">
        {children}
        {error !== null && <Failure error={error} />}
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind={danger ? "danger" : "primary"} busy={busy} disabled={disabled ?? false}>{submit}</Button>
        </footer>
      </form>
    </Dialog>
  );
}

export interface ConfirmProps {
  title: string;
  effect: ComponentChildren;
  submit: string;
  /** What must be typed before the button works; without it one press is enough. */
  name?: string;
  onClose: () => void;
  run: () => Promise<string | void>;
}

export function Confirm({ title, effect, submit, name, onClose, run }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  return (
    <FormDialog title={title} submit={submit} danger onClose={onClose} run={run} disabled={name !== undefined && typed !== name}>
      <div class="effect">{effect}</div>
      {name !== undefined && (
        <Field label={`Type ${name} to go on`}>
          <input value={typed} onInput={(e) => setTyped(e.currentTarget.value)} autocomplete="off" spellcheck={false} />
        </Field>
      )}
    </FormDialog>
  );
}

/** Calls the server for a button and says how it went. */
export async function act(work: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await work();
    say(done);
    return true;
  } catch (reason) {
    const error = reason as ApiError;
    say(error.fix ? `${error.message} ${error.fix}` : error.message, "bad");
    return false;
  }
}
