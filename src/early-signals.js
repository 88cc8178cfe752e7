/**
 * Imported for its effect, before everything else: what signals do to a command that does not handle them. Plain JavaScript, so that
 * Node can load it (`--import`) before what reads TypeScript.
 */
import { hasTerminal } from './has-terminal.js';

const ignore = () => undefined;

// At SIGUSR1 Node opens its debugger, to which every user of the machine may connect. Once a listener was there and is not any more,
// the signal has the action again that the system gives it, which is to end the process, as SIGTERM and SIGUSR2 do.
process.on('SIGUSR1', ignore);
process.off('SIGUSR1', ignore);

// Without a terminal no hangup is meant for this process: it goes on when the shell that started it with nohup ends.
if (!hasTerminal()) process.on('SIGHUP', ignore);
