import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Message } from "./fold.ts";
import { withChange, type Presence } from "./presence.ts";
import { rowsOf, type Row, type RowSources } from "./rows.ts";

const noon = new Date(2026, 2, 1, 12).getTime();

function message(seq: number, member: string, minutes = seq): Message {
  return {
    seq,
    id: `i${seq}`,
    at: new Date(noon + minutes * 60_000),
    from: { member, nick: member, role: "member" },
    content: `${seq}`,
  };
}

const sourcesOf = (messages: Message[], more: Partial<RowSources> = {}): RowSources => ({
  messages,
  moderations: [],
  pending: [],
  presence: [],
  gaps: [],
  unreadAfter: undefined,
  you: "me",
  ...more,
});

const rows = (messages: Message[], more: Partial<RowSources> = {}): Row[] => rowsOf(sourcesOf(messages, more));

interface Step {
  at: number;
  by: string;
  now: number;
  seq: number;
}

/** What may happen in a room. `at` is where in a list, from 0 to 1. */
const changes = {
  says: ({ messages }: RowSources, { by, now, seq }: Step) => ({ messages: [...messages, message(seq, by, now)] }),
  older: ({ messages }: RowSources, { by, seq }: Step) => ({
    messages: [message((messages[0]?.seq ?? seq) - 1, by, -5), ...messages],
  }),
  edits: ({ messages }: RowSources, { at, seq }: Step) => ({
    messages: messages.map((m, i) => (i === Math.floor(at * messages.length) ? { ...m, content: `edited ${seq}` } : m)),
  }),
  deletes: ({ messages }: RowSources, { at }: Step) => ({
    messages: messages.map((m, i) => (i >= Math.floor(at * messages.length) ? { ...m, deleted: true } : m)),
  }),
  prunes: ({ messages }: RowSources, { at }: Step) => ({
    messages: messages.slice(Math.floor((at * messages.length) / 2)),
  }),
  sends: ({ pending }: RowSources, { now, seq }: Step) => ({
    pending: [...pending, { id: `i${seq}`, content: "x", at: noon + now * 60_000 }],
  }),
  confirms: ({ messages, pending }: RowSources, { now, seq }: Step) => ({
    messages: pending[0] ? [...messages, { ...message(seq, "me", now), id: pending[0].id }] : messages,
  }),
  forgets: ({ pending }: RowSources) => ({ pending: pending.slice(1) }),
  moderates: ({ moderations }: RowSources, { by, now, seq }: Step) => ({
    moderations: [
      ...moderations,
      {
        type: "moderated",
        seq,
        id: "x",
        at: new Date(noon + now * 60_000).toISOString(),
        from: { member: by, nick: by, role: "owner" },
      } as const,
    ],
  }),
  comes: ({ presence }: RowSources, { by, seq }: Step) => ({
    presence: withChange(presence, seq - 1, by, { nick: by, did: "joined" }),
  }),
  goes: ({ presence }: RowSources, { by, seq }: Step) => ({
    presence: withChange(presence, seq - 1, by, { nick: by, did: "left" }),
  }),
  misses: ({ gaps }: RowSources, { seq }: Step) => ({ gaps: [...gaps, { first: seq, last: seq }] }),
  reads: ({ messages }: RowSources, { at }: Step) => ({ unreadAfter: messages[Math.floor(at * messages.length)]?.seq }),
  answers: () => ({ unreadAfter: undefined }),
  becomes: (_: RowSources, { by }: Step) => ({ you: by }),
};

/** The rows in short: a message's seq, with [ at the beginning and ] at the end of a group. */
function short(all: Row[]): string {
  return all
    .map((r) => {
      switch (r.is) {
        case "message":
          return `${r.first ? "[" : ""}${r.message.seq}${r.last ? "]" : ""}`;
        case "pending":
          return `${r.first ? "[" : ""}${r.message.id}…${r.last ? "]" : ""}`;
        case "presence":
          return [...r.presence.changes].map(([member, c]) => `${member} ${c.did}`).join("+");
        default:
          return r.is;
      }
    })
    .join(" ");
}

describe("the rows of a room", () => {
  it("group what one sender says within minutes", () => {
    assert.equal(
      short(rows([message(1, "ann"), message(2, "ann"), message(3, "bob"), message(4, "ann"), message(5, "ann", 60)])),
      "top day [1 2] [3] [4] [5]",
    );
  });

  it("don't group what different senders say by one hook", () => {
    const by = (seq: number, as?: string): Message => ({ ...message(seq, "hook"), ...(as ? { as } : {}) });
    assert.equal(short(rows([by(1), by(2, "Grafana"), by(3, "Grafana"), by(4, "Gitea")])), "top day [1] [2 3] [4]");
  });

  it("keep an action by itself, since it names its sender", () => {
    const act = { ...message(2, "me"), content: "/me waves" };
    assert.equal(short(rows([message(1, "me"), act, message(3, "me")])), "top day [1] [2] [3]");
    const waiting = { id: "i9", content: "/me waves", at: noon + 60_000 };
    assert.equal(
      short(rows([message(1, "me")], { pending: [waiting, { ...waiting, id: "i10", content: "x" }] })),
      "top day [1] [i9…] [i10…]",
    );
  });

  it("count deleted messages of one member in a row", () => {
    const erased = (seq: number, member: string) => ({ ...message(seq, member), content: "", deleted: true });
    const all = rows([
      message(1, "ann"),
      erased(2, "ann"),
      erased(3, "ann"),
      erased(4, "ann"),
      message(5, "ann"),
      erased(6, "bob"),
      erased(7, "cid"),
      erased(8, "cid"),
    ]);
    assert.equal(short(all), "top day [1] deleted [5] [6] deleted");
    assert.deepEqual(all[3], { is: "deleted", key: "s4", from: "ann", count: 3, last: 4 });
    assert.deepEqual(
      rows([erased(2, "me"), erased(3, "me")], { pending: [{ id: "i9", content: "x", at: noon }] }).map((r) => r.is),
      ["top", "day", "deleted", "pending"],
    );
  });

  it("have a line for each day", () => {
    assert.equal(short(rows([message(1, "ann", 0), message(2, "ann", 13 * 60)])), "top day [1] day [2]");
  });

  it("have a line above what is new", () => {
    assert.equal(
      short(rows([message(1, "ann"), message(2, "ann"), message(3, "ann")], { unreadAfter: 1 })),
      "top day [1] line [2 3]",
    );
    assert.equal(short(rows([message(1, "ann")], { unreadAfter: 1 })), "top day [1]");
  });

  it("show a message on its way once, and keep its row when it is there", () => {
    const waiting = { id: "i2", content: "x", at: noon + 60_000 };
    const before = rows([message(1, "me")], { pending: [waiting] });
    const after = rows([message(1, "me"), message(2, "me")], { pending: [waiting] });
    assert.equal(short(before), "top day [1 i2…]");
    assert.equal(short(after), "top day [1 2]");
    assert.equal(before.at(-1)!.key, after.at(-1)!.key);
  });

  it("say on which day a message was written that isn't sent yet, unless that is an earlier one by this clock", () => {
    const pending = [24 * 60 + 1, 24 * 60 + 2].map((minutes) => ({
      id: `p${minutes}`,
      content: "x",
      at: noon + minutes * 60_000,
    }));
    const days = (shown: Row[]) => shown.map((r) => r.is).join(" ");
    assert.equal(days(rows([message(1, "me", 24 * 60)], { pending })), "top day message pending pending");
    assert.equal(days(rows([message(1, "me", 1)], { pending })), "top day message day pending pending");
    assert.equal(days(rows([message(1, "me", 3 * 24 * 60)], { pending })), "top day message pending pending");
    assert.equal(days(rows([], { pending })), "top day pending pending");
  });

  it("name what is missing where it is missing", () => {
    assert.equal(
      short(rows([message(1, "ann"), message(9, "ann")], { gaps: [{ first: 2, last: 8 }] })),
      "top day [1] gap [9]",
    );
  });

  it("say who came and went where it happened", () => {
    let presence: readonly Presence[] = [];
    presence = withChange(presence, 1, "bob", { nick: "bob", did: "joined" });
    presence = withChange(presence, 1, "cid", { nick: "cid", did: "joined" });
    presence = withChange(presence, 2, "bob", { nick: "bob", did: "left" });
    assert.equal(
      short(rows([message(1, "ann"), message(2, "ann")], { presence })),
      "top day [1] bob joined+cid joined [2] bob left",
    );
  });

  it("say that somebody has another nick, also if they were away meanwhile", () => {
    type Step = readonly [after: number, did: "joined" | "left" | "renamed", nick: string, at?: number];
    const steps = (...all: Step[]) => {
      let [lines, nick]: [readonly Presence[], string] = [[], "bob"];
      for (const [after, did, now, at] of all) {
        const was = did === "renamed" ? { was: nick } : {};
        lines = withChange(lines, after, "bob", { nick: now, did, ...was, ...(at === undefined ? {} : { at }) });
        nick = now;
      }
      return lines
        .map(
          (l) =>
            `${l.after}: ${[...l.changes.values()].map(({ nick, did, was }) => [was, did, nick].filter(Boolean).join(" ")).join()}`,
        )
        .join("; ");
    };
    for (const [what, all, said] of [
      [
        "twice",
        [
          [1, "renamed", "b"],
          [1, "renamed", "c"],
        ] as Step[],
        "1: bob renamed c",
      ],
      [
        "and back",
        [
          [1, "renamed", "b"],
          [1, "renamed", "bob"],
        ],
        "",
      ],
      [
        "and left",
        [
          [1, "renamed", "b"],
          [1, "left", "b", 0],
        ],
        "1: bob left b",
      ],
      [
        "and was shortly away",
        [
          [1, "renamed", "b"],
          [1, "left", "b", 0],
          [1, "joined", "b", 9],
        ],
        "1: bob renamed b",
      ],
      [
        "the same, later",
        [
          [1, "renamed", "b"],
          [1, "left", "b", 0],
          [2, "joined", "b", 9],
        ],
        "2: bob renamed b",
      ],
      [
        "while away",
        [
          [1, "left", "bob", 0],
          [2, "joined", "b", 9],
        ],
        "2: bob renamed b",
      ],
      [
        "while long away",
        [
          [1, "left", "bob", 0],
          [1, "joined", "b", 1e9],
        ],
        "1: bob renamed b",
      ],
      [
        "while away, and back",
        [
          [1, "renamed", "b"],
          [1, "left", "b", 0],
          [1, "joined", "bob", 9],
        ],
        "",
      ],
      [
        "no other",
        [
          [1, "left", "bob", 0],
          [2, "joined", "bob", 9],
        ],
        "",
      ],
      [
        "as a newcomer",
        [
          [1, "joined", "bob"],
          [1, "renamed", "b"],
        ],
        "1: joined b",
      ],
    ] as const)
      assert.equal(steps(...all), said, what);
  });

  it("say what happened where it happened, and on its day", () => {
    const note = (seq: number, minutes: number) => ({
      type: "moderated",
      action: "kick",
      seq,
      id: `i${seq}`,
      at: new Date(noon + minutes * 60_000).toISOString(),
      from: { member: "me", nick: "me", role: "owner" },
    });
    const messages = [message(2, "ann", 2), message(4, "ann", 4), message(6, "ann", 13 * 60)];
    assert.equal(
      short(rows(messages, { moderations: [note(1, 1), note(3, 3), note(5, 12 * 60 + 5)] })),
      "top day moderation [2] moderation [4] day moderation [6]",
    );
  });

  it("are the same objects where they say the same", () => {
    const messages = [message(1, "ann"), message(2, "ann")];
    const sources = sourcesOf(messages);
    const before = rowsOf(sources);
    const after = rowsOf(sourcesOf([...messages, message(3, "ann")]), { sources, rows: before });
    assert.deepEqual(
      after.map((r) => before.includes(r)),
      [true, true, true, false, false],
    ); // 2 is not the last of its group any more
  });

  it("are the same whether they are made anew or from those before", () => {
    const member = fc.constantFrom("me", "ann", "bob");
    const change = fc.record({
      is: fc.constantFrom(...Object.keys(changes)) as fc.Arbitrary<keyof typeof changes>,
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      by: member,
      minutes: fc.constantFrom(0, 1, 2, 10, 900),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (all) => {
        let sources = sourcesOf([]);
        let last: { sources: RowSources; rows: Row[] } | undefined;
        let next = 100;
        let now = 0;
        for (const { is, at, by, minutes } of all) {
          now += minutes;
          sources = { ...sources, ...changes[is](sources, { at, by, now, seq: next++ }) };
          const frozen = last?.rows.map((r) => ({ ...r }));
          const made = rowsOf(sources, last);
          assert.deepEqual(made, rowsOf(sources));
          assert.deepEqual(last?.rows, frozen, "those before aren't changed");
          const before = new Map(last?.rows.map((r) => [r.key, r]));
          for (const row of made) {
            const old = before.get(row.key);
            const names = Object.keys(row) as (keyof Row)[];
            if (old && names.every((name) => old[name] === row[name])) assert.equal(old, row);
          }
          last = { sources, rows: made };
        }
      }),
      { numRuns: Number(process.env["SNUG_FUZZ_RUNS"]) || 2000 },
    );
  });

  it("have keys of their own", () => {
    const messages = Array.from({ length: 50 }, (_, i) => message(i + 1, i % 3 ? "ann" : "me", i * 100));
    const keys = rows(messages, { unreadAfter: 7 }).map((r) => r.key);
    assert.equal(new Set(keys).size, keys.length);
  });
});

describe("presence", () => {
  const change = (did: "joined" | "left" | "renamed", nick = "bob", was?: string) => ({
    nick,
    did,
    ...(was ? { was } : {}),
  });
  const after = (...changes: ReturnType<typeof change>[]) =>
    changes
      .reduce<readonly Presence[]>((lines, c) => withChange(lines, 1, "bob", c), [])
      .flatMap((p) => [...p.changes.values()]);

  it("is quiet about who came and went, or went and came back", () => {
    assert.deepEqual(after(change("joined"), change("left")), []);
    assert.deepEqual(after(change("left"), change("joined")), []);
  });
  it("is quiet about who left and came back shortly after, whatever was said meanwhile", () => {
    const at = (did: "joined" | "left", minutes: number) => ({ nick: "bob", did, at: minutes * 60_000 });
    const others = withChange([], 1, "cid", { nick: "cid", did: "left", at: 0 });
    const away = withChange(others, 1, "bob", at("left", 0));
    assert.deepEqual(withChange(away, 5, "bob", at("joined", 1)), others);
    const long = withChange(away, 5, "bob", at("joined", 3));
    assert.deepEqual(
      long.map((line) => [line.after, ...line.changes.keys()]),
      [
        [1, "cid", "bob"],
        [5, "bob"],
      ],
    );
    assert.deepEqual(withChange(withChange([], 1, "bob", at("left", 0)), 2, "bob", at("joined", 1)), []);
  });
  it("folds names that were taken one after the other", () => {
    assert.deepEqual(after(change("renamed", "rob", "bob"), change("renamed", "robert", "rob")), [
      change("renamed", "robert", "bob"),
    ]);
    assert.deepEqual(after(change("joined"), change("renamed", "rob", "bob")), [change("joined", "rob")]);
  });
});
