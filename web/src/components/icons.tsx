// The page's icons: strokes on a grid of 24.

export const paths = {
  back: "M15 5l-7 7 7 7",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.4a3.5 3.5 0 0 1 0 6.2M18.5 14.4c1.9.9 3 2.9 3 5.6",
  share: "M12 15V3.5M8 7l4-4 4 4M5 12v6.5A1.5 1.5 0 0 0 6.5 20h11a1.5 1.5 0 0 0 1.5-1.5V12",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5L20.5 20.5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M6 11l6-6 6 6",
  reply: "M10 6L4 12l6 6M4 12h9a7 7 0 0 1 7 7",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  down: "M6 10l6 6 6-6",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  check: "M5 13l4.5 4.5L19 7",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 2",
  warning: "M12 4l9 16H3zM12 10v4.5M12 17.2v.3",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M8.5 14c1.6 2.4 5.4 2.4 7 0M9 9.3v.4M15 9.3v.4",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  crown: "M4 18h16M4 15l-1-8 5 3.5L12 5l4 5.5L21 7l-1 8z",
  shield: "M12 3l7.5 2.8v5.7c0 4.7-3.2 8-7.5 9.5-4.3-1.5-7.5-4.8-7.5-9.5V5.8z",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
  lock: "M6 11h12v9.5H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
} as const;

export function Icon({ name }: { name: keyof typeof paths }) {
  return <Strokes name={name} path={paths[name]} />;
}

export function Strokes({ name, path }: { name: string; path: string }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
