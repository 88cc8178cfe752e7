import { UserError } from '../errors.ts';
import { readClassifier } from '../experiment/fit.ts';
import { predictQuestions } from '../experiment/predict.ts';
import { gatherFacts } from '../export/facts.ts';
import { describePage } from '../export/web.ts';
import { printable } from '../files/escape.ts';
import { displayPath } from '../files/paths.ts';
import { createServer } from '../serve/server.ts';
import type { Server } from '../serve/server.ts';
import { catchStopSignals } from '../study/stop-signals.ts';
import { createScreen } from '../terminal/screen.ts';
import type { OptionsOf } from './options.ts';
import { buildServedPage } from '../web/build.ts';
import { putInPlace } from './start-classifier.ts';

type ServeOptions = OptionsOf<'serve'>;

/** Answers texts over HTTP until a signal comes; then those that wait, and ends with status 0, since that is how it is stopped. */
export async function runServe(options: ServeOptions): Promise<void> {
  const { run = '' } = options;
  const screen = createScreen(false);
  const read = readClassifier(run, screen.onWarning), model = await putInPlace(read, options, screen);
  try {
    predictQuestions(model, ['the first one takes longest']);
    const facts = gatherFacts(options, read, model.parameterCount, 'float32');
    const server = createServer({
      run: displayPath(run),
      classes: model.classes,
      words: model.vocabulary.words,
      maxLength: model.config.data.maxLength,
      predict: (texts) => predictQuestions(model, texts),
      page: buildServedPage(describePage(model, facts, [['run', displayPath(run)]])),
      onFault: (error) => { screen.onWarning(`a request failed: ${error.message}`); },
    });
    const address = await listen(server.app, options);
    screen.print(`${displayPath(run)} answers at ${address}/ (Ctrl-C stops it)`);
    await new Promise<void>((resolve) => {
      const signals = catchStopSignals(() => {
        screen.onWarning('stopping: what waits is answered first');
        void server.drain().finally(() => {
          signals.release();
          resolve();
        });
      });
    });
  } finally {
    model.dispose();
    screen.bar.clear();
  }
}

/** @returns the URL @throws UserError */
async function listen(app: Server['app'], { port, host }: ServeOptions): Promise<string> {
  try {
    return await app.listen({ port, host });
  } catch (error) {
    throw explainRefusal(error, { port, host });
  }
}

/** Why the system does not let it listen. */
function explainRefusal(error: unknown, { port, host }: Pick<ServeOptions, 'port' | 'host'>): unknown {
  const shown = printable(host);
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${shown} is in use; choose another with --port, or --port 0 for a free one`,
    EACCES: `port ${port} needs rights that this user has not; choose one above 1023 with --port`,
    EADDRNOTAVAIL: `--host ${shown}: this machine has no such address; 127.0.0.1 is for itself alone, 0.0.0.0 for every network`,
    ENOTFOUND: `--host ${shown}: no such name; 127.0.0.1 is for this machine alone, 0.0.0.0 for every network`,
    EAI_AGAIN: `--host ${shown}: the name cannot be looked up; 127.0.0.1 is for this machine alone, 0.0.0.0 for every network`,
  };
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
  return reason === undefined ? error : new UserError(reason);
}
