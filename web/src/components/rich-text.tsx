// The content of a message as nodes. Text is only ever text.
import type { ComponentChild } from "preact";
import { useEffect } from "preact/hooks";
import type { Member } from "../../client.ts";
import { contentOf, hints } from "../content.ts";
import type { Block, Inline } from "../markdown/tree.ts";
import { store } from "../store.ts";
import { later, lazy, loadLater } from "./lazy.tsx";
import { hue } from "./member-marks.tsx";

const Math = lazy((m) => m.Math);
const RichBlock = lazy((m) => m.RichBlock);
const Task = lazy((m) => m.Task);

/** Shows the content of a message; `by` is who does what an emote says. */
export function RichText({ message, by }: { message: { content: string }; by: Pick<Member, "nick" | "member"> }) {
  const { emote, blocks } = contentOf(message);
  useEffect(() => {
    if (hints.test(message.content)) loadLater();
  }, [message]);
  if (!emote) return <>{blocks.map(block)}</>;
  const who = (
    <>
      <bdi class={`actor ${hue(by.member)}`} translate={false}>
        {by.nick}
      </bdi>{" "}
    </>
  );
  const [first, ...rest] = blocks;
  return first?.is === "paragraph" ? (
    <>
      {paragraph(first.inside, who)}
      {rest.map(block)}
    </>
  ) : (
    <>
      <p dir="auto">{who}</p>
      {blocks.map(block)}
    </>
  );
}

function paragraph(pieces: readonly Inline[], before?: ComponentChild): ComponentChild {
  return (
    <p dir="auto">
      {before}
      {pieces.map(inline)}
    </p>
  );
}

/** A list has one direction, that of its first letter, so that its marks are in one column. */
function list({ ordered, start, items, done }: Extract<Block, { is: "list" }>): ComponentChild {
  const all = items.map((item, i) => {
    const task = done?.[i];
    return (
      <li class={task === undefined ? "" : "is-task"}>
        {task !== undefined && <Task done={task} />}
        {item.map((b) => (b.is === "paragraph" ? <p>{b.inside.map(inline)}</p> : block(b)))}
      </li>
    );
  });
  if (!ordered) return <ul dir="auto">{all}</ul>;
  const digits = `${start + items.length - 1}`.length;
  return (
    <ol dir="auto" start={start} style={digits > 2 ? { paddingInlineStart: `${0.6 * digits + 0.8}em` } : {}}>
      {all}
    </ol>
  );
}

function block(b: Block): ComponentChild {
  switch (b.is) {
    case "paragraph":
      return paragraph(b.inside);
    case "code":
      return <Code text={b.text} language={b.language} />;
    case "quote":
      return <blockquote>{b.inside.map(block)}</blockquote>;
    case "list":
      return list(b);
    default:
      return <RichBlock b={b} inline={inline} />;
  }
}

function Code(props: { text: string; language: string }) {
  useEffect(loadLater, []);
  const Block = later.value?.CodeBlock;
  return Block ? (
    <Block {...props} />
  ) : (
    <div class="code">
      <pre>
        <code>{props.text}</code>
      </pre>
    </div>
  );
}

function inline(n: Inline): ComponentChild {
  switch (n.is) {
    case "text":
      return n.text;
    case "break":
      return <br />;
    case "code":
      return <code translate={false}>{n.text}</code>;
    case "math":
      return <Math tex={n.text} display={n.display} />;
    case "strong":
      return <strong>{n.inside.map(inline)}</strong>;
    case "em":
      return <em>{n.inside.map(inline)}</em>;
    case "del":
      return <del>{n.inside.map(inline)}</del>;
    case "mention":
      return (
        <bdi class={n.nick === store.room.you.value?.nick ? "mention you" : "mention"} translate={false}>
          {n.text}
        </bdi>
      );
    case "link":
      return (
        <>
          <a href={n.to} target="_blank" rel="noopener noreferrer" title={n.to}>
            {n.inside.map(inline)}
          </a>
          {n.host && (
            <span class="host" dir="ltr" translate={false}>
              {" "}
              ({n.host})
            </span>
          )}
        </>
      );
  }
}
