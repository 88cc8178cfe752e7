/**
 * A mistake of the user's or of their machine: bad config, bad data, a missing file, a missing compiler.
 * Its message is one line that names the file, key or row and says how to fix it; it is shown as it is,
 * without a stack trace. Anything else that is thrown is a fault of ours.
 */
export class UserError extends Error {
  override name = 'UserError';
}

/** A command line that cannot be understood; exit status 2, where other mistakes give 1. */
export class UsageError extends UserError {
  override name = 'UsageError';
}
