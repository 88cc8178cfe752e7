/** Whether the cursor stands behind a first sign that nothing has replaced yet. */
let isShown = false;

/**
 * Says on a terminal what is happening before a command's modules are loaded, which takes seconds on a slow disk. This file imports
 * nothing, so that it can be loaded first. The sign stays until something else is shown.
 * @param text for example `Loading train`
 */
export function showFirstSign(text: string, stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr): void {
  if (!stream.isTTY) return;
  stream.write(`${text} …`);
  isShown = true;
}

/** Takes the sign off its line, if it is still there. */
export function clearFirstSign(stream: Pick<NodeJS.WriteStream, 'write'> = process.stderr): void {
  if (!isShown) return;
  isShown = false;
  stream.write('\r\u001b[K');
}
