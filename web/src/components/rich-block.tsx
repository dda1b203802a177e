// Headings, tables, formulas and tasks, and what lists have besides.
import type { ComponentChild } from "preact";
import type { Block, Inline } from "../markdown/tree.ts";
import { texts } from "../texts.ts";
import { readingTexts } from "../texts/reading.ts";
import { Math } from "./math.tsx";

type Rich = Extract<Block, { is: "heading" | "table" | "math" }>;

/** Shows a block that the page can't read before this is loaded; `inline` shows what is in it. */
export function RichBlock({ b, inline }: { b: Rich; inline: (piece: Inline) => ComponentChild }) {
  switch (b.is) {
    case "heading": // all of one level: what people write isn't the page's outline
      return (
        <h3 class={`heading level${b.level}`} dir="auto">
          {b.inside.map(inline)}
        </h3>
      );
    case "math":
      return <Math tex={b.text} display />;
    case "table":
      return <Table b={b} inline={inline} />;
  }
}

function Table({ b, inline }: { b: Rich & { is: "table" }; inline: (piece: Inline) => ComponentChild }) {
  const columns = b.rows.reduce((most, row) => (row.length > most ? row.length : most), 0);
  const [head = [], ...body] = b.rows.map((row) => Array.from({ length: columns }, (_, i) => row[i] ?? []));
  const align = (i: number) => `to-${b.align[i] ?? "none"}`;
  return (
    <div class="table" role="region" tabIndex={0} aria-label={texts("reading", readingTexts).table}>
      <table>
        <thead>
          <tr>
            {head.map((cell, i) => (
              <th scope="col" dir="auto" class={align(i)}>
                {cell.map(inline)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row) => (
            <tr>
              {row.map((cell, i) => (
                <td dir="auto" class={align(i)}>
                  {cell.map(inline)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The box of a task. */
export function Task({ done }: { done: boolean }) {
  return (
    <input
      type="checkbox"
      class="task"
      disabled
      checked={done}
      aria-label={texts("reading", readingTexts)[done ? "done" : "toDo"]}
    />
  );
}
