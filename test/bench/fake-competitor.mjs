// Answers as a peer does, with 280 parameters whatever the model; batch 7 is beyond it, and batch 8 kills it.
import { createInterface } from 'node:readline';

const reply = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
reply({ ready: true, versions: { fake: '1.0' } });
for await (const line of createInterface({ input: process.stdin })) {
  /** @type {(line: string) => { do: string, batch?: number }} */
  const parse = JSON.parse;
  const request = parse(line);
  if (request.batch === 7) reply({ error: 'no seventh batch' });
  else if (request.batch === 8) { process.stderr.write('out of memory\n'); process.exit(3); }
  else if (request.batch === 9) process.stdout.write('Downloading …\n');
  else if (request.do === 'build') reply({ parameters: 280 });
  else reply(request.do === 'train' ? { seconds: 0.25, result: request.batch } : {});
}
