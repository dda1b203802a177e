// A message's content as nodes: what markdown.ts finds, emoji, mentions. Text is
// only ever text.
import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import type { Member } from "../../client.ts";
import { actionOf } from "../action.ts";
import { parse, visible, type Block, type Inline } from "../markdown.ts";
import { splitMentions } from "../mentions.ts";
import { nicks, store } from "../store.ts";
import { t } from "../texts.ts";
import { hue, Icon } from "./icons.tsx";

/** Parsed contents, by the message: a message is parsed once, however often it is shown. */
const parsed = new WeakMap<object, Block[]>();

/** Shows the content of a message; `of` is the message, and `by` who does what an action says. */
export function Rich({ content, of, by }: { content: string; of: object; by: Pick<Member, "nick" | "member"> }) {
  const action = actionOf(content);
  let blocks = parsed.get(of);
  if (!blocks) parsed.set(of, (blocks = parse(visible(action ?? content))));
  if (action === undefined) return <>{blocks.map(block)}</>;
  const who = <><bdi class={`actor ${hue(by.member)}`}>{by.nick}</bdi> </>;
  const [first, ...rest] = blocks;
  return first?.is === "lines" ? <>{lines(first.lines, who)}{rest.map(block)}</> : <><p dir="auto">{who}</p>{blocks.map(block)}</>;
}

function lines(all: Inline[][], before?: ComponentChild): ComponentChild {
  return <p dir="auto">{before}{all.map((line, i) => [i > 0 && <br />, line.map(piece)])}</p>;
}

function block(b: Block): ComponentChild {
  switch (b.is) {
    case "lines":
      return lines(b.lines);
    case "code":
      return <Code text={b.text} />;
    case "quote":
      return <blockquote>{b.inside.map(block)}</blockquote>;
    case "list": {
      const items = b.items.map((item) => <li dir="auto">{item.line.map(piece)}{item.inside.map(block)}</li>);
      return b.ordered ? <ol start={b.start}>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

function Code({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true), () => {});
  const label = copied ? t().copied : t().copy;
  return (
    <div class="code">
      <pre tabIndex={0} dir="ltr"><code>{text}</code></pre>
      {isSecureContext && <button type="button" tabIndex={-1} aria-label={label} title={label} onClick={copy} onBlur={() => setCopied(false)}><Icon name={copied ? "check" : "copy"} /></button>}
    </div>
  );
}

function piece(n: Inline): ComponentChild {
  switch (n.is) {
    case "text":
      return <Text text={n.text} />;
    case "code":
      return <code>{n.text}</code>;
    case "strong":
      return <strong>{n.inside.map(piece)}</strong>;
    case "em":
      return <em>{n.inside.map(piece)}</em>;
    case "del":
      return <del>{n.inside.map(piece)}</del>;
    case "link":
      return <a href={n.to} target="_blank" rel="noopener noreferrer" title={n.to}>{n.inside.map(piece)}</a>;
  }
}

function Text({ text }: { text: string }) {
  const you = store.room.you.value?.nick;
  return (
    <>
      {splitMentions(text, nicks.value).map((part) =>
        part.nick === undefined ? part.text : <bdi class={part.nick === you ? "mention you" : "mention"}>{part.text}</bdi>,
      )}
    </>
  );
}
