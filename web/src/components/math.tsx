// A formula. Until what sets it is loaded, or if it isn't TeX, its source is shown.
import { h, type ComponentChild } from "preact";
import { useEffect } from "preact/hooks";
import { onDemand } from "../on-demand.ts";
import type { MathPiece } from "../typeset.ts";

const typesetting = onDemand(() => import("../typeset.ts"));

/** A longer formula scrolls in a line of its own. */
const mostInLine = 60;

export function Math({ tex, display }: { tex: string; display: boolean }) {
  useEffect(typesetting.load, []);
  const set = typesetting.loaded.value?.typeset(tex, display);
  const shown = set?.map(show) ?? <code translate={false}>{tex}</code>;
  return display || tex.length > mostInLine ? (
    <span class="formula" role="region" tabIndex={0} aria-label={tex}>
      {shown}
    </span>
  ) : (
    <span class="formula-in-line">{shown}</span>
  );
}

function show(piece: MathPiece): ComponentChild {
  return typeof piece === "string" ? piece : h(piece.element, piece.attributes, ...piece.inside.map(show));
}
