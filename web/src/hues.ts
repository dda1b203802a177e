// Which colour each member of a room has.

/** How many colours there are: colours.css has a class for each. */
export const hueCount = 8;

/** The colours of a room's members. A colour is taken twice only when all are taken. */
export class Hues {
  #of = new Map<string, number>();
  #taken = new Array<number>(hueCount).fill(0);

  /**
   * The colour of a member, which stays. The first members who are present choose before anyone else, in the
   * order in which they came.
   */
  of(member: string, present: readonly { member: string }[] = []): number {
    const known = this.#of.get(member);
    if (known !== undefined) return known;
    for (const first of present.slice(0, hueCount)) this.#choose(first.member);
    return this.#choose(member);
  }

  /** The member's own colour, by which others know them too, or else the next one that is taken least. */
  #choose(member: string): number {
    const known = this.#of.get(member);
    if (known !== undefined) return known;
    let sum = 0;
    for (const c of member) sum = (sum * 31 + c.charCodeAt(0)) >>> 0;
    const least = Math.min(...this.#taken);
    let hue = sum % hueCount;
    while (this.#taken[hue]! > least) hue = (hue + 1) % hueCount;
    this.#taken[hue]!++;
    this.#of.set(member, hue);
    return hue;
  }
}
