import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { benchCommand } from './commands/bench.ts';
import { claimsCommand } from './commands/claims.ts';
import { compareCommand } from './commands/compare.ts';
import { doctorCommand } from './commands/doctor.ts';
import { inspectCommand } from './commands/inspect.ts';
import { plotCommand } from './commands/plot.ts';
import { prepareCommand } from './commands/prepare.ts';
import { reportCommand } from './commands/report.ts';
import { trainCommand } from './commands/train.ts';
import { UsageError, UserError } from './errors.ts';

const USAGE_STATUS = 2;

try {
  await yargs(hideBin(process.argv))
    .scriptName('gatelab')
    .usage('$0 <command>\n\nTrain and compare recurrent sentiment classifiers.')
    .command(trainCommand)
    .command(prepareCommand)
    .command(compareCommand)
    .command(plotCommand)
    .command(inspectCommand)
    .command(claimsCommand)
    .command(reportCommand)
    .command(doctorCommand)
    .command(benchCommand)
    .demandCommand(1, 'Name a command; --help lists them')
    .strict()
    .version(false)
    .wrap(Math.min(100, process.stdout.columns || 100))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => { throw asUsageError(message, error); })
    .parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message.split('\n').map((line) => `gatelab: ${line}`).join('\n')}\n`);
  process.exitCode = error instanceof UsageError ? USAGE_STATUS : 1;
}

/** What yargs itself found wrong, in one line; anything else is passed on. */
function asUsageError(message: string | null, error: Error | undefined): Error {
  if (error !== undefined && error.name !== 'YError') return error;
  return new UsageError((message ?? error?.message ?? 'unknown usage').replace(/\s*\n\s*/g, ' '));
}
