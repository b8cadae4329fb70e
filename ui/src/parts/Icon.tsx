// Icons as strokes on a grid of 20, drawn for this catalog.
const PATHS = {
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12Zm4.5-1.5L17 17",
  dataset:
    "M3.5 5.5c0-1.4 2.9-2.5 6.5-2.5s6.5 1.1 6.5 2.5v9c0 1.4-2.9 2.5-6.5 2.5s-6.5-1.1-6.5-2.5v-9Zm0 0c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.5-2.5M3.5 10c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.5-2.5",
  column: "M4 4h12v12H4zM8.2 4v12M12 7.5h2M12 10h2M12 12.5h2",
  job: "M5 4.5v11l10-5.5-10-5.5Z",
  lineage: "M3 5h4v3H3zM3 12h4v3H3zM13 8.5h4v3h-4zM7 6.5c4 0 2 3.5 6 3.5M7 13.5c4 0 2-3.5 6-3.5",
  impact: "M10 3v4M10 13v4M3 10h4M13 10h4M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  contract: "M5 3h7l3 3v11H5zM8 9h4M8 12h4M12 3v3h3",
  status: "M3 10h3l2-5 4 10 2-5h3",
  sun: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 2.5v1.8M10 15.7v1.8M2.5 10h1.8M15.7 10h1.8M4.7 4.7 6 6M14 14l1.3 1.3M4.7 15.3 6 14M14 6l1.3-1.3",
  moon: "M16 11.5A6.5 6.5 0 0 1 8.5 4 6.5 6.5 0 1 0 16 11.5Z",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-11v4l2.5 2",
  copy: "M7 7V4h9v9h-3M4 7h9v9H4z",
  check: "m4 10.5 4 4 8-9",
  cross: "m5 5 10 10M15 5 5 15",
  warn: "M10 3.5 17.5 16h-15L10 3.5ZM10 8.5v3.2M10 13.8v.2",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-8v4.5M10 6.4v.2",
  up: "m5 12 5-5 5 5",
  down: "m5 8 5 5 5-5",
  right: "m8 5 5 5-5 5",
  left: "m12 5-5 5 5 5",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  filter: "M3 5h14l-5.5 6v5l-3-1.5V11L3 5Z",
  send: "M3 10 17 3l-4 14-3-5.5L3 10Z",
  download: "M10 3v9m-4-4 4 4 4-4M4 16h12",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  link: "M8.5 11.5a3 3 0 0 0 4.2 0l2.6-2.6a3 3 0 0 0-4.2-4.2L10 5.8M11.5 8.5a3 3 0 0 0-4.2 0l-2.6 2.6a3 3 0 0 0 4.2 4.2l1.1-1.1",
  user: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 6.5c.6-3 3-4.5 6-4.5s5.400 1.500 6 4.500",
  path: "M4 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm12-8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6 14h5a2 2 0 0 0 0-4H9a2 2 0 0 1 0-4h5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
