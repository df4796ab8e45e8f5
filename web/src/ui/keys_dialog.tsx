import { activeBindings } from "../lib/keys.ts";
import { Dialog } from "./dialog.tsx";
import { keysOpen } from "./nav.ts";

const kShown: Record<string, string> = { Escape: "Esc", "Ctrl+k": "Ctrl K", ArrowDown: "↓", ArrowUp: "↑" };

/** What can be pressed on this page. */
export function KeysDialog() {
  const groups = Map.groupBy(activeBindings(), (binding) => binding.group);
  return (
    <Dialog title="Keys" wide onClose={() => (keysOpen.value = false)}>
      <div class="plain keys-list">
        {[...groups].map(([group, bindings]) => (
          <section key={group}>
            <h3>{group}</h3>
            {bindings.map((binding) => (
              <div key={binding.keys}>
                <span class="soft">{binding.says}</span>
                <span class="nowrap">{(kShown[binding.keys] ?? binding.keys).split(" ").map((key) => <><kbd>{key}</kbd> </>)}</span>
              </div>
            ))}
          </section>
        ))}
        <section>
          <h3>Rows</h3>
          <div><span class="soft">Open the row that has the focus</span><kbd>Enter</kbd></div>
        </section>
      </div>
    </Dialog>
  );
}
