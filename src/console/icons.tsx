/** Reeve's own icons: strokes on a 24 × 24 grid, coloured by the text around them. */

const strokes = {
  home: "M4 11 12 4l8 7M6 9.5V20h12V9.5M10 20v-5.5h4V20",
  server: "M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5h.01M7.5 16.5h.01M11 7.5h6M11 16.5h6",
  network: "M9 3.5h6v5H9zM3 15.5h6v5H3zM15 15.5h6v5h-6zM12 8.5V12M6 15.5V12h12v3.5",
  port: "M3.5 4.5h17v12h-4v3h-9v-3h-4zM8 4.5v4M12 4.5v4M16 4.5v4",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.4a3.5 3.5 0 0 1 0 6.2M18 14.4c2.2.9 3.5 3 3.5 5.6",
  gear: "M12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M12 2.8v3M12 18.2v3M2.8 12h3M18.2 12h3M5.5 5.5l2.1 2.1M16.4 16.4l2.1 2.1M18.5 5.5l-2.1 2.1M7.6 16.4l-2.1 2.1",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 20.5 20.5",
  disk: "M4 6.5C4 4.8 7.6 3.5 12 3.5s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3M4 6.5v11c0 1.7 3.6 3 8 3s8-1.3 8-3v-11M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
  cpu: "M6.5 6.5h11v11h-11zM10 10h4v4h-4zM9.5 3v3.5M14.5 3v3.5M9.5 17.5V21M14.5 17.5V21M3 9.5h3.5M3 14.5h3.5M17.5 9.5H21M17.5 14.5H21",
  memory: "M3 7.5h18v9h-2v2h-3v-2H8v2H5v-2H3zM7 10.5v3M11 10.5v3M15 10.5v3",
  package: "M12 3 20 7.2v9.6L12 21l-8-4.2V7.2zM4.2 7.3 12 11.5l7.8-4.2M12 11.5V21M8 5.2l7.8 4.2",
  user: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20.5c0-4 3.3-6.5 7.5-6.5s7.5 2.5 7.5 6.5",
  list: "M8.5 6h12M8.5 12h12M8.5 18h12M4 6h.01M4 12h.01M4 18h.01",
  cube: "M7 4h13v13H7zM7 7H4v13h13v-3",
  warning: "M12 4 21.5 20h-19zM12 10v4.5M12 17.3h.01",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v5.5M12 7.7h.01",
  check: "M4.5 12.5 10 18 20 6.5",
  cross: "M6 6l12 12M18 6 6 18",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
  logout: "M14 4H5v16h9M10 12h11M17.5 8.5 21 12l-3.5 3.5",
  chevron: "M9.5 6 15.5 12 9.5 18",
  up: "M6 14.5 12 8.5l6 6",
  down: "M6 9.5l6 6 6-6",
  menu: "M4 6.5h16M4 12h16M4 17.5h16",
  download: "M12 3.5v12M7 11l5 5 5-5M4 20.5h16",
  trash: "M4 6.5h16M9.5 6.5V4h5v2.5M6 6.5 7 20.5h10l1-14M10 10.5v6M14 10.5v6",
  merge: "M6 3.5v4c0 3 6 3.5 6 7.5v5.5M18 3.5v4c0 3-6 3.5-6 7.5M9 17.5l3 3 3-3",
} as const;

export type IconName = keyof typeof strokes;

export function isIconName(name: string): name is IconName {
  return Object.hasOwn(strokes, name);
}

export const iconNames = Object.keys(strokes) as IconName[];

/** Decoration: hidden from screen readers, so the text beside it or the control's label must say what it means. */
export function Icon({ name, size = 18 }: { name: string; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={strokes[isIconName(name) ? name : "cube"]} />
    </svg>
  );
}

/** Reeve's mark: the gate tower. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" />
      <path d="M7 25V9h3.6v2.6h3.6V9h3.6v2.6h3.6V9H25v16h-5.5v-4.5a3.5 3.5 0 0 0-7 0V25z" />
    </svg>
  );
}
