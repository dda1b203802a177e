// A small conversation, to show what the page is for. It plays once.
import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import type { Member } from "../../client.ts";
import type { Message } from "../fold.ts";
import { texts } from "../texts.ts";
import { welcomeTexts } from "../texts/welcome.ts";
import { signInServer } from "../token.ts";

const w = () => texts("welcome", welcomeTexts);

export interface SampleProps {
  Row: ComponentType<{ message: Message; own: boolean; first: boolean; last: boolean }>;
}

export function Sample({ Row }: SampleProps) {
  const [now] = useState(() => Date.now());
  const { ann, bob, asks, answers, own } = w().sample;
  const first: Member = { member: "sample-a", nick: ann, role: "member" };
  const second: Member = { member: "sample-b", nick: bob, role: "member" };
  const said = (seq: number, from: Member, content: string): Message => {
    return { seq, id: "", at: new Date(now - (4 - seq) * 60_000), from, content };
  };
  const messages: Message[] = [
    { ...said(1, first, asks), reactions: new Map([["🎉", ["sample-b", "sample-c"]]]) },
    said(2, second, answers),
    said(3, { member: "sample-c", nick: "", role: "member" }, own),
  ];
  return (
    <figure class="sample">
      <div class="scene" aria-hidden="true" inert>
        {messages.map((message) => (
          <Row key={message.content} message={message} own={message.seq === 3} first last />
        ))}
      </div>
      {!signInServer && <figcaption class="hint">{w().privacy}</figcaption>}
    </figure>
  );
}
