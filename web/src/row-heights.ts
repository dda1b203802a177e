// The positions of rows of different heights, of which only some were measured.

import { alike } from "./alike.ts";

export class RowHeights<R extends { key: string }> {
  rows: readonly R[] = [];
  #measured = new Map<string, number>();
  #tops = new Float64Array(1); // of each row, and the end; there may be room for more
  #index = new Map<string, number>();
  #changed = Infinity; // the first row with a new height, which isn't laid yet
  readonly #guess: (row: R) => number;

  /** guess estimates the height of a row that wasn't measured, in px. */
  constructor(guess: (row: R) => number) {
    this.#guess = guess;
  }

  get total(): number {
    return this.#tops[this.rows.length]!;
  }

  set(rows: readonly R[]): void {
    if (rows === this.rows) return;
    const same = alike(rows, this.rows);
    for (const row of this.rows.slice(same)) this.#index.delete(row.key);
    for (let i = same; i < rows.length; i++) this.#index.set(rows[i]!.key, i);
    this.rows = rows;
    this.#layFrom(same);
  }

  /** Sets a row's height. It reports whether it changed. It takes effect with `done`. */
  measure(key: string, height: number): boolean {
    if (Math.abs((this.#measured.get(key) ?? -1) - height) < 0.1) return false;
    this.#measured.set(key, height);
    this.#changed = Math.min(this.#changed, this.#index.get(key) ?? Infinity);
    return true;
  }

  done(): void {
    this.#layFrom(this.rows.length);
  }

  /** Lays the rows from the given one, or a measured one above it. */
  #layFrom(row: number): void {
    const { rows } = this;
    const from = Math.min(row, this.#changed);
    this.#changed = Infinity;
    if (this.#tops.length <= rows.length) {
      const tops = new Float64Array(2 * rows.length);
      tops.set(this.#tops);
      this.#tops = tops;
    }
    for (let i = from; i < rows.length; i++)
      this.#tops[i + 1] = this.#tops[i]! + (this.#measured.get(rows[i]!.key) ?? this.#guess(rows[i]!));
  }

  top(i: number): number {
    return this.#tops[i]!;
  }

  index(key: string): number | undefined {
    return this.#index.get(key);
  }

  /** The index of the row at y px from the top; the first or last one if there is none. */
  at(y: number): number {
    let low = 0;
    let high = this.rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle]! <= y) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}
