// The pages of the menu, the palette and the "g" keys: one list.
import { signal } from "@preact/signals";
import { remembered } from "../lib/store.ts";
import type { IconName } from "./icon.tsx";

/** The Kafka cluster that topics, schemas, groups and connectors are shown of. */
export const cluster = remembered<string>("cluster", "local");
export const paletteOpen = signal(false);
export const keysOpen = signal(false);
export const sideOpen = signal(false);

export interface NavItem {
  text: string;
  icon: IconName;
  to: string;
  key: string;
  words?: string;
  role?: "admin";
}

export interface NavGroup {
  head: string;
  items: readonly NavItem[];
}

export function navGroups(kafka: string): readonly NavGroup[] {
  const k = `/k/${encodeURIComponent(kafka)}`;
  return [
    {
      head: "Pipeline",
      items: [
        { text: "Overview", icon: "overview", to: "/", key: "o", words: "home status picture" },
        { text: "Tables", icon: "table", to: "/tables", key: "t", words: "rows snapshot resync" },
        { text: "Trace", icon: "trace", to: "/trace", key: "r", words: "row life key gtid" },
        { text: "Dead letters", icon: "dead", to: "/dead-letters", key: "d", words: "dlq errors retry" },
        { text: "Backfills", icon: "backfill", to: "/backfills", key: "b", words: "copy load" },
        { text: "Verify", icon: "verify", to: "/verify", key: "v", words: "compare checksum" },
        { text: "Schema changes", icon: "ddl", to: "/schema-changes", key: "h", words: "ddl alter log" },
      ],
    },
    {
      head: "Kafka",
      items: [
        { text: "Topics", icon: "topic", to: `${k}/topics`, key: "m", words: "messages records live" },
        { text: "Schemas", icon: "schema", to: `${k}/schemas`, key: "s", words: "avro registry subjects" },
        { text: "Groups", icon: "group", to: `${k}/groups`, key: "g", words: "consumer lag offsets" },
        { text: "Connectors", icon: "connector", to: `${k}/connectors`, key: "k", words: "kafka connect tasks pause restart" },
      ],
    },
    {
      head: "ClickHouse",
      items: [{ text: "SQL", icon: "sql", to: "/sql", key: "q", words: "query chart" }],
    },
    {
      head: "System",
      items: [
        { text: "Services", icon: "service", to: "/services", key: "l", words: "logs restart" },
        { text: "Alerts", icon: "alert", to: "/alerts", key: "a", words: "rules channels silence" },
        { text: "Clusters", icon: "cluster", to: "/clusters", key: "c", words: "bootstrap registry test" },
        { text: "People", icon: "user", to: "/users", key: "u", words: "users tokens roles password" },
        { text: "Audit", icon: "audit", to: "/audit", key: "i", words: "who did what" },
        { text: "Settings", icon: "settings", to: "/settings", key: ",", words: "config theme density" },
      ],
    },
  ];
}
