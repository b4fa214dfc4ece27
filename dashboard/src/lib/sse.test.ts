import { describe, expect, it } from 'vitest';
import { EventReader } from './sse';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('events of a stream', () => {
  it.each([
    ['data: a\n\ndata: b\n\n', ['a', 'b']],
    ['data: a\r\n\r\ndata:b\r\n\r\n', ['a', 'b']],
    ['data: a\r\rdata: b\r\r\n', ['a', 'b']],
    [': comment\nevent: x\nid: 1\ndata: a\ndata: b\n\n', ['a\nb']],
    ['\n\n\ndata: a', []],
    ['data: {"t":"x\u2028y"}\n\n', ['{"t":"x\u2028y"}']],
  ])('are the same however the stream is cut: %j', (text, expected) => {
    const whole = bytes(text);
    for (let size = 1; size <= whole.length; size += 1) {
      const reader = new EventReader();
      const found: string[] = [];
      for (let at = 0; at < whole.length; at += size) found.push(...reader.feed(whole.slice(at, at + size)));
      expect(found).toEqual(expected);
    }
  });

  it('keep characters that were cut in the middle', () => {
    const reader = new EventReader();
    const whole = bytes('data: 🙂é\n\n');
    expect([...whole].flatMap((byte) => reader.feed(Uint8Array.of(byte)))).toEqual(['🙂é']);
  });
});
