// The icons of what isn't part of the first load.
import { paths, Strokes } from "./icons.tsx";

const all = {
  ...paths,
  plus: "M12 5v14M5 12h14",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  rooms: "M4 5h16v11H9l-5 4zM8 9h8M8 12.5h5",
  trash: "M4 7h16M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10 11v5M14 11v5",
  exit: "M10 4H5v16h5M10 12h10M16 8l4 4-4 4",
  ban: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M5.7 5.7l12.6 12.6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20.5c0-4 3.4-6.5 7.5-6.5s7.5 2.5 7.5 6.5",
  file: "M7 3h7l4 4v14H7zM14 3v5h4",
  camera: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4",
} as const;

export type IconName = keyof typeof all;

export function Icon({ name }: { name: IconName }) {
  return <Strokes path={all[name]} />;
}
