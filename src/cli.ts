import './early-signals.js';
import { realpathSync } from 'node:fs';
import yargs from 'yargs';
import type { CommandModule } from 'yargs';
import { benchCommand } from './commands/bench.ts';
import { claimsCommand } from './commands/claims.ts';
import { compareCommand } from './commands/compare.ts';
import { doctorCommand } from './commands/doctor.ts';
import { inspectCommand } from './commands/inspect.ts';
import { plotCommand } from './commands/plot.ts';
import { dataCommand } from './commands/data.ts';
import { reportCommand } from './commands/report.ts';
import { trainCommand } from './commands/train.ts';
import { checkOptions, toUsageError } from './commands/usage.ts';
import { UsageError, UserError } from './errors.ts';
import { clearScreen, outliveReaders, showProblem } from './terminal/screen.ts';

const USAGE_STATUS = 2;

const commands = [
  trainCommand,
  dataCommand,
  compareCommand,
  plotCommand,
  inspectCommand,
  claimsCommand,
  reportCommand,
  doctorCommand,
  benchCommand,
] as unknown as CommandModule[]; // each with options of its own, which yargs passes on to it

const commandNames = commands.map(({ command }) => String(command).split(' ')[0] ?? '');

async function parse(args: readonly string[]): Promise<void> {
  const parser = yargs([...args]);
  await parser
    .scriptName('gatelab')
    .usage('$0 <command>\n\nTrain and compare recurrent sentiment classifiers.')
    .locale('en') // usage.ts reads its messages
    .parserConfiguration({ 'dot-notation': false })
    .command(commands)
    .demandCommand(1, 'Name a command; --help lists them')
    .strictCommands()
    .strict()
    .version(false)
    .wrap(Math.min(100, process.stdout.columns || 100))
    .exitProcess(false)
    .check(() => checkOptions(args, parser))
    .fail((message: string | null, error: Error | undefined) => { throw toUsageError(message, error, { args, commands: commandNames, parser }); })
    .parseAsync();
}

/** Runs one command; what the user got wrong is said on standard error, and the exit status is set. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await parse(args);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const line of error.message.split('\n')) showProblem(line);
    process.exitCode = error instanceof UsageError ? USAGE_STATUS : 1;
  } finally {
    clearScreen();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  outliveReaders();
  await runCommandLine(process.argv.slice(2));
}
