// What Markdown has in addition to parse.ts: addresses, headings, tables, tasks and formulas.
// It is loaded after the page.
import { gfmTable } from "micromark-extension-gfm-table";
import { headingAtx } from "../../node_modules/micromark-core-commonmark/lib/heading-atx.js";
import type { Token } from "micromark-util-types";
import { autolinks } from "./autolink.ts";
import { formulaBlock, formulas } from "./formulas.ts";
import type { More } from "./parse.ts";
import { TreeBuilder } from "./tree-builder.ts";
import type { Align, Block, Inline } from "./tree.ts";

export const extended: More = {
  extension(text) {
    const flow = { ...gfmTable().flow, 35: { ...headingAtx, name: "heading" }, 36: formulaBlock(text) }; // parse.ts disables the name headingAtx
    return { flow, text: { ...autolinks(text), 36: formulas(text) } };
  },
  builder: (text) => new ExtendedTreeBuilder(text),
};

class ExtendedTreeBuilder extends TreeBuilder {
  #level = 0; // of the heading that is open
  #table: { align: readonly Align[]; rows: Inline[][][] } | undefined;
  #formula: string | undefined; // that is open
  #hasMark = false; // whether the paragraph that is added begins with the mark of a task
  readonly #marked = new WeakSet<Block>();

  override enter(token: Token): void {
    switch (token.type) {
      case "atxHeading":
        this.#level = 0;
        return void this.inlines.push([]);
      case "table":
        return void (this.#table = { align: token._align ?? [], rows: [] });
      case "tableRow":
        return void this.#table!.rows.push([]);
      case "tableHeader":
      case "tableData":
        return void this.inlines.push([]);
      case "formula":
      case "formulaBlock":
        return void (this.#formula = "");
    }
    super.enter(token);
  }

  override exit(token: Token): void {
    switch (token.type) {
      case "paragraph":
        this.#hasMark = /^\[[ xX]\] /.test(this.slice(token)); // without a backslash
        super.exit(token);
        return void (this.#hasMark = false);
      case "atxHeadingSequence":
        return void (this.#level ||= token.end.offset - token.start.offset);
      case "atxHeading":
        return this.#endHeading(token);
      case "table":
        this.add({ is: "table", ...this.#table! });
        return void (this.#table = undefined);
      case "tableHeader":
      case "tableData":
        return void this.#table!.rows.at(-1)!.push(this.inlines.pop()!);
      case "codeTextData":
        // A vertical line in code is escaped, as it would end the cell.
        return this.#table ? this.addCode(this.slice(token).replaceAll("\\|", "|")) : super.exit(token);
      case "listOrdered":
      case "listUnordered":
        return this.#endList(token);
      case "formulaData":
        return void (this.#formula += this.slice(token));
      case "lineEnding":
        if (this.#formula === undefined) return super.exit(token);
        return void (this.#formula += "\n");
      case "formula":
      case "formulaBlock":
        return this.#endFormula(token);
    }
    super.exit(token);
  }

  protected override add(block: Block): void {
    if (this.#hasMark) this.#marked.add(block);
    super.add(block);
  }

  #endHeading(token: Token): void {
    const inside = this.inlines.pop()!;
    if (inside.length > 0) this.add({ is: "heading", level: this.#level, inside });
    else this.add({ is: "paragraph", inside: [{ is: "text", text: this.slice(token) }] });
  }

  #endList(token: Token): void {
    const list = this.lists.at(-1)!;
    const done = list.items.map((item) => (item[0] && this.#marked.has(item[0]) ? takeMark(item) : undefined));
    if (done.some((d) => d !== undefined)) list.done = done;
    super.exit(token);
  }

  #endFormula(token: Token): void {
    const isBlock = token.type === "formulaBlock";
    const text = (isBlock ? this.#formula!.replace(/^\$\$|\$\$\s*$/g, "") : this.#formula!).trim();
    this.#formula = undefined;
    if (isBlock) this.add({ is: "math", text });
    else this.addInline({ is: "math", text, display: this.text.startsWith("$$", token.start.offset) });
  }
}

/** Takes the mark of a task, as in "- [x] done", off an item. It returns whether the task is done; undefined if it is none. */
function takeMark([first]: Block[]): boolean | undefined {
  const [text, more] = first?.is === "paragraph" ? first.inside : [];
  const mark = text?.is === "text" ? /^\[([ xX])\] +/.exec(text.text) : null;
  if (text?.is !== "text" || !mark || (mark[0] === text.text && !more)) return undefined;
  text.text = text.text.slice(mark[0].length);
  return mark[1] !== " ";
}
