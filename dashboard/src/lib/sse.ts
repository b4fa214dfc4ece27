/**
 * Read the data of server-sent events out of pieces of a stream, however it was cut.
 * Lines end with LF, CRLF or CR and nothing else (WHATWG HTML, 9.2.6): a U+2028 inside of JSON is no line's end.
 */
export class EventReader {
  #decoder = new TextDecoder();
  #rest = '';
  #data: string[] = [];

  /** Feed bytes; returns the data of every event that is complete now. */
  feed(bytes: Uint8Array): string[] {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const found: string[] = [];
    for (;;) {
      const end = this.#rest.search(/[\r\n]/);
      // A CR at the very end may be half of a CRLF.
      if (end < 0 || (this.#rest[end] === '\r' && end === this.#rest.length - 1)) return found;
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + (this.#rest.startsWith('\r\n', end) ? 2 : 1));
      this.#take(line, found);
    }
  }

  #take(line: string, found: string[]) {
    if (line === '') {
      if (this.#data.length > 0) found.push(this.#data.join('\n'));
      this.#data = [];
    } else if (line.startsWith('data:')) {
      this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
    }
  }
}
