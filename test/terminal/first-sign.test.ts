import { describe, expect, it } from 'vitest';
import { clearFirstSign, showFirstSign } from '../../src/terminal/first-sign.js';

function createStream(isTTY: boolean): { isTTY: boolean; write: (text: string) => boolean; readonly written: string[] } {
  const written: string[] = [];
  return { isTTY, written, write: (text) => written.push(text) > 0 };
}

describe('the first sign of life', () => {
  it('stands on a terminal until it is cleared, once', () => {
    const stream = createStream(true);
    clearFirstSign(stream);
    showFirstSign('Loading train', stream);
    clearFirstSign(stream);
    clearFirstSign(stream);
    expect(stream.written).toEqual(['Loading train …', '\r\u001b[K']);
  });

  it('is not written to a file or a pipe', () => {
    const stream = createStream(false);
    showFirstSign('Loading train', stream);
    clearFirstSign(stream);
    expect(stream.written).toEqual([]);
  });
});
