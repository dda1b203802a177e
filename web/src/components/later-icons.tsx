// The icons of what isn't part of the first load.
import { paths, Strokes } from "./icons.tsx";

const all = {
  ...paths,
  plus: "M12 5v14M5 12h14",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  rooms: "M4 5h16v11H9l-5 4zM8 9h8M8 12.5h5",
  trash: "M4 7h16M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10 11v5M14 11v5",
  exit: "M10 4H5v16h5M10 12h10M16 8l4 4-4 4",
  ban: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M5.7 5.7l12.6 12.6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20.5c0-4 3.4-6.5 7.5-6.5s7.5 2.5 7.5 6.5",
  file: "M7 3h7l4 4v14H7zM14 3v5h4",
  camera: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4",
  leaf: "M5 19C5 10 10 5 20 4c0 10-5 15-15 15zM5 19c3-5 6-8 9-9.5",
  cup: "M5 8h12v6a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5zM17 9.5h1.5a2.5 2.5 0 0 1 0 5H17M9 2.5V5M13 2.5V5",
  car: "M4 16.5v-4.5l2-5.5h12l2 5.5v4.5zM6 16.5V19M18 16.5V19M4 12h16M7.5 14.3h.01M16.5 14.3h.01",
  ball: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 8l3.8 2.8-1.4 4.4H9.6l-1.4-4.4zM12 8V3M15.8 10.8l4.8-1.5M14.4 15.2l3 4.1M9.6 15.2l-3 4.1M8.2 10.8L3.4 9.3",
  bulb: "M9 17.5h6M10 20.5h4M9 17.5c0-2.5-3-3.8-3-7.5a6 6 0 0 1 12 0c0 3.7-3 5-3 7.5",
  heart: "M12 20S4 15 4 9.3A4.3 4.3 0 0 1 12 7a4.3 4.3 0 0 1 8 2.3C20 15 12 20 12 20z",
  flag: "M6 21V4M6 4.5c4-2 8 2 12 0v9c-4 2-8-2-12 0",
  letters: "M3 18L7.5 6 12 18M4.5 14h6M21 11v7M21 14.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0",
  bold: "M7 5h6a3.5 3.5 0 0 1 0 7H7zM7 12h7a3.5 3.5 0 0 1 0 7H7z",
  italic: "M10.5 5H18M6 19h7.5M14.5 5l-5 14",
  strike:
    "M4 12h16M16.5 8C16 6.2 14.4 5 12 5 9.3 5 7.5 6.4 7.5 8.5c0 .7.2 1.3.6 1.8M7.5 16c.5 1.8 2.2 3 4.5 3 2.7 0 4.5-1.4 4.5-3.5 0-.6-.1-1.1-.4-1.5",
  code: "M8.5 7l-5 5 5 5M15.5 7l5 5-5 5",
  codeBlock: "M4 4.5h16v15H4zM9.5 9.5L7 12l2.5 2.5M14.5 9.5L17 12l-2.5 2.5",
  quote: "M5 5v14M9.5 8H20M9.5 12H20M9.5 16H16",
  list: "M9.5 6.5H20M9.5 12H20M9.5 17.5H20M4.8 6.5h.01M4.8 12h.01M4.8 17.5h.01",
} as const;

export type IconName = keyof typeof all;

export function Icon({ name }: { name: IconName }) {
  return <Strokes name={name} path={all[name]} />;
}
