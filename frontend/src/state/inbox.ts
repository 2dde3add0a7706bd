// The order in which messages are read. All are read as they come but once: behind the
// rows of the first picture the rest waits until that picture is painted, and then comes
// one message a task, so that a person is answered in between.

/** What the inbox needs of the browser. */
export interface InboxHost {
  /** Runs when a frame has been painted, or soon where none will be. */
  afterPaint(run: () => void): void;
  /** Runs in a task of its own. */
  nextTask(run: () => void): void;
}

/** Inbox hands messages to read, in the order in which they came. */
export class Inbox {
  readonly #read: (text: string) => void;
  readonly #host: InboxHost;
  #waiting: string[] | undefined;
  #turn = 0;

  constructor(host: InboxHost, read: (text: string) => void) {
    this.#host = host;
    this.#read = read;
  }

  push(text: string): void {
    if (this.#waiting) this.#waiting.push(text);
    else this.#read(text);
  }

  /** Keeps what comes until a frame has been painted, and then says so. */
  holdUntilPainted(painted: () => void): void {
    this.#waiting ??= [];
    const turn = this.#turn;
    this.#host.afterPaint(() => {
      painted();
      this.#drain(turn);
    });
  }

  /** Forgets what waits: it came over a socket that is given up. */
  clear(): void {
    this.#waiting = undefined;
    this.#turn++;
  }

  #drain(turn: number): void {
    if (turn !== this.#turn) return;
    const next = this.#waiting?.shift();
    if (next === undefined) {
      this.#waiting = undefined;
      return;
    }
    this.#read(next);
    this.#host.nextTask(() => this.#drain(turn));
  }
}
