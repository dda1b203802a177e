import type { Token } from "micromark-util-types";
import { hostToShow, safeAddress } from "./links.ts";
import { textOf, type Block, type Inline } from "./tree.ts";

/** How deep blocks and marks nest. What is nested deeper joins what it is in. */
const deepest = 8;

const marks: Readonly<Record<string, "strong" | "em" | "del">> = {
  strong: "strong",
  emphasis: "em",
  strikethrough: "del",
};

/** Makes a tree of micromark's tokens. */
export class TreeBuilder {
  /** The tree, once all tokens were given. */
  readonly blocks: Block[] = [];
  protected readonly text: string;
  /** The lists of blocks that are open, innermost last. */
  readonly #open: Block[][] = [this.blocks];
  protected readonly lists: (Block & { is: "list" })[] = [];
  protected readonly inlines: Inline[][] = [];
  #depth = 0; // of blocks
  #inlineDepth = 0;
  #code: string | undefined; // of the code that is open
  #language = "";
  #inLink = false;
  #inResource = false; // the part of a link in round brackets
  #destination = "";
  #labelEnd = 0;

  /** text is what the tokens are of. */
  constructor(text: string) {
    this.text = text;
  }

  enter(token: Token): void {
    switch (token.type) {
      case "paragraph":
        this.inlines.push([]);
        break;
      case "blockQuote":
        this.#openBlock([]);
        break;
      case "listOrdered":
      case "listUnordered":
        this.#openList(token.type === "listOrdered");
        break;
      case "listItemPrefix":
        this.#openItem();
        break;
      case "codeFenced":
        this.#code = "";
        this.#language = "";
        break;
      case "codeText":
        this.#code = "";
        break;
      case "strong":
      case "emphasis":
      case "strikethrough":
        if (this.#inlineDepth++ < deepest) this.inlines.push([]);
        break;
      case "link":
        this.#inLink = true;
        this.#destination = "";
        this.inlines.push([]);
        break;
      case "resource":
        this.#inResource = true;
        this.#labelEnd = token.start.offset;
        break;
    }
  }

  exit(token: Token): void {
    switch (token.type) {
      case "paragraph":
        this.add({ is: "paragraph", inside: this.inlines.pop()! });
        break;
      case "blockQuote":
        this.#closeQuote();
        break;
      case "listOrdered":
      case "listUnordered":
        this.#closeList();
        break;
      case "listItemValue":
        this.#startList(Number(this.slice(token)));
        break;
      case "codeFencedFenceInfo":
      case "codeFencedFenceMeta":
        this.#language += `${this.#language && " "}${this.slice(token)}`;
        break;
      case "codeFlowValue":
      case "codeTextData":
        this.addCode(this.slice(token));
        break;
      case "codeFenced":
        this.add({ is: "code", text: this.#code!.replace(/^\n/, "").replace(/\n$/, ""), language: this.#language });
        this.#code = undefined;
        break;
      case "codeText":
        this.addInline({ is: "code", text: this.#code! });
        this.#code = undefined;
        break;
      case "lineEnding":
        this.#endLine();
        break;
      case "data":
      case "characterEscapeValue":
        if (!this.#inResource) this.addText(this.slice(token));
        break;
      case "strong":
      case "emphasis":
      case "strikethrough":
        this.#closeMark(marks[token.type]!);
        break;
      case "resourceDestinationString":
        this.#destination = this.slice(token).replace(/\\([!-/:-@[-`{-~])/g, "$1");
        break;
      case "resource":
        this.#inResource = false;
        break;
      case "link":
        this.#closeLink(token);
        break;
      case "autolinkLiteral":
        this.#addAddress(this.slice(token));
        break;
    }
  }

  protected slice(token: Token): string {
    return this.text.slice(token.start.offset, token.end.offset);
  }

  protected add(block: Block): void {
    this.#open.at(-1)!.push(block);
  }

  #openBlock(inside: Block[]): void {
    if (this.#depth++ < deepest) this.#open.push(inside);
  }

  #closeQuote(): void {
    if (--this.#depth < deepest) {
      const inside = this.#open.pop()!;
      this.add({ is: "quote", inside });
    }
  }

  #openList(ordered: boolean): void {
    const list: Block = { is: "list", ordered, start: NaN, items: [] };
    if (this.#depth < deepest) this.add(list);
    this.lists.push(list);
    this.#openBlock([]); // replaced by the first item
  }

  #openItem(): void {
    if (this.#depth > deepest) return;
    const item: Block[] = [];
    this.lists.at(-1)!.items.push(item);
    this.#open[this.#open.length - 1] = item;
  }

  #startList(value: number): void {
    const list = this.lists.at(-1)!;
    if (Number.isNaN(list.start)) list.start = value;
  }

  #closeList(): void {
    const list = this.lists.pop()!;
    if (Number.isNaN(list.start)) list.start = 1;
    if (--this.#depth < deepest) this.#open.pop();
  }

  protected addCode(text: string): void {
    this.#code += text;
  }

  protected addInline(piece: Inline): void {
    this.inlines.at(-1)?.push(piece);
  }

  protected addText(text: string): void {
    const pieces = this.inlines.at(-1);
    const last = pieces?.at(-1);
    if (last?.is === "text") last.text += text;
    else pieces?.push({ is: "text", text });
  }

  #endLine(): void {
    if (this.#inResource) return;
    if (this.#code === undefined) this.addInline({ is: "break" });
    else this.#code += this.inlines.length > 0 ? " " : "\n";
  }

  #closeMark(is: "strong" | "em" | "del"): void {
    if (--this.#inlineDepth < deepest) {
      const inside = this.inlines.pop()!;
      this.addInline({ is, inside });
    }
  }

  #closeLink(token: Token): void {
    this.#inLink = false;
    const inside = this.inlines.pop()!;
    const to = safeAddress(this.#destination);
    const label = textOf(inside);
    if (to !== undefined && label.trim()) return this.#addLink(to, inside, label);
    // It is no link that may be followed: all of it is text.
    this.addText("[");
    for (const piece of inside) {
      if (piece.is === "text") this.addText(piece.text);
      else this.addInline(piece);
    }
    this.addText(this.text.slice(this.#labelEnd - 1, token.end.offset));
  }

  #addAddress(address: string): void {
    const to = this.#inLink ? undefined : safeAddress(address);
    if (to === undefined) this.addText(address);
    else this.#addLink(to, [{ is: "text", text: address }], address);
  }

  #addLink(to: string, inside: Inline[], label: string): void {
    const host = hostToShow(label, to);
    this.addInline({ is: "link", to, inside, ...(host ? { host } : {}) });
  }
}
