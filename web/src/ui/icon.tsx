// The icons, drawn for this console on a grid of 16 by 16.
const kPaths = {
  overview: "M2 9h3l2-5 3 8 2-3h2",
  table: "M2.5 3h11v10h-11zM2.5 6.5h11M6.5 6.5V13",
  trace: "M3 4a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M10 12a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M6 4h4.5a2 2 0 0 1 0 4h-5a2 2 0 0 0 0 4H10",
  dead: "M2.5 3.5h11v9h-11zM2.5 4l5.5 5 5.5-5M6 12.5l4-3",
  backfill: "M8 2.5v7M5 7l3 3 3-3M2.5 10.5v3h11v-3",
  verify: "M8 1.8 13 4v4c0 3-2 5-5 6.2C5 13 3 11 3 8V4zM5.8 8l1.6 1.6L10.4 6.5",
  ddl: "M5.5 4 2 8l3.5 4M10.5 4 14 8l-3.5 4M9 2.5l-2 11",
  topic: "M2.5 4h11M2.5 8h11M2.5 12h7",
  schema: "M6.5 2.5h3v3h-3zM2.5 10.5h3v3h-3zM10.5 10.5h3v3h-3zM8 5.5V8M4 10.5V8h8v2.5",
  group: "M3.8 5a2 2 0 1 0 4 0 2 2 0 1 0-4 0M2 13c0-2.5 1.5-4 3.8-4s3.8 1.5 3.8 4M10 3.2a2 2 0 0 1 0 3.6M11.5 9.3c1.6.5 2.5 1.8 2.5 3.7",
  connector: "M5.5 2v3M10.5 2v3M3.5 5h9v2.5a4.5 4.5 0 0 1-9 0zM8 12v2.5",
  sql: "M2.5 3h11v10h-11zM5 6.5 7 8 5 9.5M8.5 10h2.5",
  service: "M2.5 2.5h11v4.5h-11zM2.5 9h11v4.5h-11zM5 4.8h.01M5 11.2h.01M8 4.8h3.5M8 11.2h3.5",
  alert: "M4 11.5V7a4 4 0 0 1 8 0v4.5l1 1H3zM6.8 14h2.4",
  cluster: "M8 2 13.5 5v6L8 14 2.5 11V5zM8 2v5.5M2.5 11 8 7.5l5.5 3.5",
  user: "M5.3 5a2.7 2.7 0 1 0 5.4 0 2.7 2.7 0 1 0-5.4 0M2.8 14c0-3 2-5 5.2-5s5.2 2 5.2 5",
  audit: "M4 2h6l2.5 2.5V14H4zM6 7h4.5M6 9.5h4.5M6 12h2.5",
  settings: "M2.5 4.5h6M11.5 4.5h2M8.5 3v3M2.5 11.5h2M7.5 11.5h6M5.5 10v3M2.5 8h11",
  search: "M3 7a4 4 0 1 0 8 0 4 4 0 1 0-8 0M10 10l3.5 3.5",
  sun: "M5.2 8a2.8 2.8 0 1 0 5.6 0 2.8 2.8 0 1 0-5.6 0M8 1.5v1.8M8 12.7v1.8M1.5 8h1.8M12.7 8h1.8M3.4 3.4l1.3 1.3M11.3 11.3l1.3 1.3M3.4 12.6l1.3-1.3M11.3 4.7l1.3-1.3",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
  auto: "M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M8 2.5v11M8 5l3.5 1M8 8h5.5M8 11l3.5-1",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4 6 8l4 4",
  up: "M4 10l4-4 4 4",
  play: "M5 3.5v9l7-4.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  stop: "M4 4h8v8H4z",
  reload: "M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.8V6H9.8",
  star: "M8 2.2l1.8 3.7 4 .6-2.9 2.8.7 4L8 11.4l-3.6 1.9.7-4L2.2 6.5l4-.6z",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  download: "M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M2.5 13.5h11",
  link: "M7 9a2.5 2.5 0 0 0 3.6 0l2-2A2.5 2.5 0 0 0 9 3.4l-.8.8M9 7a2.5 2.5 0 0 0-3.6 0l-2 2A2.5 2.5 0 0 0 7 12.6l.8-.8",
  plus: "M8 3v10M3 8h10",
  edit: "M3 13l.7-3L11 2.7l2.3 2.3L6 12.3z",
  trash: "M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
  key: "M2.5 10.5a3 3 0 1 0 6 0 3 3 0 1 0-6 0M7.6 8.4 13.5 2.5M11 5l2 2",
  check: "M3 8.5l3.2 3.2L13 4.8",
  warn: "M8 2.2 14.3 13.3H1.7zM8 6.5v3.2M8 11.5v.2",
  info: "M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M8 7.5v3.5M8 5v.2",
  filter: "M2.5 3.5h11L9.5 8.5V13l-3-1.5v-3z",
  help: "M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M6.3 6.5c0-2.5 3.5-2.3 3.5-.2C9.8 7.7 8 7.7 8 9.2M8 11v.2",
  exit: "M9.5 2.5h-6v11h6M6.5 8h7.5M11.5 5.5 14 8l-2.5 2.5",
  clock: "M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M8 4.8V8l2.2 1.6",
  send: "M2.5 3 14 8 2.5 13l1.5-5zM4 8h5",
} as const;

export type IconName = keyof typeof kPaths;

export function Icon({ name, fill }: { name: IconName; fill?: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={kPaths[name]} fill={fill ? "currentColor" : "none"} stroke="currentColor" stroke-width="1.35"
        stroke-linecap="round" stroke-linejoin="round"
      />
    </svg>
  );
}

/** Three gabled houses in a row: the mark of rowhouse. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg class="mark" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path class="mark-a" d="M1.5 21V9.5L5 5.5l3.5 4V21z" />
      <path class="mark-b" d="M8.5 21V7L12 3l3.5 4v14z" />
      <path class="mark-c" d="M15.5 21V9.5l3.5-4 3.5 4V21z" />
      <path class="mark-d" d="M4 13h2v3H4zM11 10.5h2v3h-2zM11 16.5h2V21h-2zM18 13h2v3h-2z" />
    </svg>
  );
}
