/** An event of a stream, as far as a Snug server uses them. */
export interface StreamEvent {
  /** The field `event`; "" without one. */
  name: string;
  data: string;
}

/** Parses a text/event-stream as it arrives, as https://html.spec.whatwg.org/multipage/server-sent-events.html says. */
export class EventStreamParser {
  #rest = ""; // an incomplete line
  #name = "";
  #data: string[] = [];
  #started = false;

  /** Returns the events that end in this part of the stream. */
  push(text: string): StreamEvent[] {
    this.#rest += text;
    if (!this.#started && this.#rest) {
      this.#started = true;
      this.#rest = this.#rest.replace(/^\uFEFF/, "");
    }
    // A return at the end may be half of a line's end.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop()!;
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): StreamEvent | undefined {
    if (line === "") return this.#dispatch();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
    if (field === "data") this.#data.push(value!);
    else if (field === "event") this.#name = value!;
    return undefined; // comments and other fields say nothing that events don't
  }

  #dispatch(): StreamEvent | undefined {
    const event = { name: this.#name, data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#name = "";
    this.#data = [];
    return empty ? undefined : event;
  }
}
