import { describe, expect, it } from 'vitest';
import { describeRemaining, describeRest } from '../../src/study/stop-signals.ts';
import { experimentSchemas, experimentSchema } from '../../src/experiment-schema.ts';

const gru = experimentSchema.parse({});
const folder = { name: 'gru-1', path: 'experiments/gru-1' };
const plain = { threads: undefined, engine: 'auto' };

describe('the last line of what was interrupted says what to type', () => {
  it.each([
    [describeRest(folder, gru, plain), 'Stopped. To go on: gatelab train --resume experiments/gru-1'],
    [describeRest(folder, gru, { threads: 1, engine: 'portable' }), 'Stopped. To go on: gatelab train --resume experiments/gru-1 --threads 1 --engine portable'],
    [describeRest({ name: 'a', path: "my runs/it's" }, gru, plain), "Stopped. To go on: gatelab train --resume 'my runs/it'\\''s'"],
    [describeRest({ name: 'a', path: 'a\u001b[2J' }, gru, plain), "Stopped. To go on: gatelab train --resume 'a\\u001b[2J'"],
    [describeRest(folder, experimentSchemas['bag-of-words'].parse({}), plain), 'Stopped. To start it again: gatelab train --resume experiments/gru-1'],
    [describeRemaining([{ status: 'completed' }, { status: 'interrupted' }, { status: 'not begun' }], []), 'Stopped with 1 of 3 runs complete. To go on: gatelab compare'],
    [describeRemaining([{ status: 'failed' }], ['--seeds', '1', '--into', 'my runs']), "Stopped with 0 of 1 runs complete. To go on: gatelab compare --seeds 1 --into 'my runs'"],
  ])('%s', (line, expected) => {
    expect(line).toBe(expected);
  });
});
