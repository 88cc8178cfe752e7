import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

export type Entry = Partial<Header> & { name: string; content?: string | Buffer };

/** Two reviews in each labelled folder, in no order, among the other files of the real archive. */
export const goodEntries: readonly Entry[] = [
  { name: 'aclImdb/', type: 'directory' },
  { name: 'aclImdb/README', content: 'about this' },
  { name: 'aclImdb/test/pos/10_9.txt', content: 'Second of the test.' },
  { name: 'aclImdb/test/pos/2_10.txt', content: 'First of the test.' },
  { name: 'aclImdb/test/neg/0_1.txt', content: 'Bad.<br /><br />Très mauvais.' },
  { name: 'aclImdb/test/neg/1_4.txt', content: 'Weak.' },
  { name: 'aclImdb/train/unsup/0_0.txt', content: Buffer.from([0xff]) },
  { name: 'aclImdb/train/labeledBow.feat', content: '9 0:9' },
  { name: 'aclImdb/train/urls_pos.txt', content: 'http://example.org' },
  { name: 'aclImdb/train/pos/._0_9.txt', content: 'a Mac was here' },
  { name: 'aclImdb/train/pos/0_9.txt', content: 'Good.' },
  { name: 'aclImdb/train/pos/12_7.txt', content: 'Fine.' },
  { name: 'aclImdb/train/neg/3_2.txt', content: 'Dull.' },
  { name: 'aclImdb/train/neg/1_3.txt', content: 'Flat.' },
];

export async function packTar(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of entries) archive.entry(header, content);
  archive.finalize();
  return buffer(archive);
}

export async function writeArchive(folder: string, entries: readonly Entry[], name = 'archive.tar.gz'): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, gzipSync(await packTar(entries)));
  return path;
}
