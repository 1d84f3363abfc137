/** First in, first out, in O(1) on average: a list that is read behind its front and moved up once half of it was read. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #front = 0;

  get length(): number {
    return this.#items.length - this.#front;
  }

  /** The next one, which stays. */
  get first(): T | undefined {
    return this.#items[this.#front];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#front];
    if (item === undefined) return undefined;
    this.#items[this.#front] = undefined;
    this.#front += 1;
    if (this.#front * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#front);
      this.#front = 0;
    }
    return item;
  }

  /** Takes all out, in order. */
  drain(): T[] {
    const items = this.#items.slice(this.#front) as T[];
    this.#items = [];
    this.#front = 0;
    return items;
  }
}
