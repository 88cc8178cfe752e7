import { shellWord } from '../config/quote.ts';
import { escapeControls } from '../escape-controls.ts';

/** A command as the user types it: `npm run train -- --resume experiments/gru-1`. The one place that knows how that is. */
export function renderCommand(command: string, args: readonly string[]): string {
  const words = ['npm', 'run', command, ...(args.length > 0 ? ['--', ...args.map(shellWord)] : [])];
  return escapeControls(words.join(' '));
}
