// The positions of rows of different heights, of which only some were measured.

export class RowHeights<R extends { key: string }> {
  rows: readonly R[] = [];
  #measured = new Map<string, number>();
  #tops = new Float64Array(1); // of each row, and the end
  #index = new Map<string, number>();
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
    this.rows = rows;
    this.#index.clear();
    rows.forEach((row, i) => this.#index.set(row.key, i));
    this.#lay();
  }

  /** Sets a row's height. It reports whether it changed. It takes effect with `done`. */
  measure(key: string, height: number): boolean {
    if (Math.abs((this.#measured.get(key) ?? -1) - height) < 0.1) return false;
    this.#measured.set(key, height);
    return true;
  }

  done(): void {
    this.#lay();
  }

  #lay(): void {
    const tops = new Float64Array(this.rows.length + 1);
    let top = 0;
    this.rows.forEach((row, i) => {
      tops[i] = top;
      top += this.#measured.get(row.key) ?? this.#guess(row);
    });
    tops[this.rows.length] = top;
    this.#tops = tops;
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
