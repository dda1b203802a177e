import { useEffect, useState } from "preact/hooks";
import { isLoopback } from "../code.ts";

/** A link as a QR code; nothing where another device couldn't open it. */
export function QR({ text, label }: { text: string; label: string }) {
  const [squares, setSquares] = useState<boolean[][]>([]);
  useEffect(() => {
    void import("uqr").then(({ encode }) => setSquares(encode(text, { border: 2 }).data));
  }, [text]);
  if (isLoopback(new URL(text).hostname)) return null;
  const path = squares.map((line, y) => line.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${squares.length || 33} ${squares.length || 33}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}
