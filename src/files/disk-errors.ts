import { UserError } from '../errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; make room and start again',
  EDQUOT: 'the disk quota is used up; make room and start again',
  EROFS: 'the disk is read-only',
  EACCES: 'permission is missing; check who owns it',
  EPERM: 'the system does not permit it; check who owns it',
  ENOENT: 'a part of the path does not exist',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'a folder of that name is in the way',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
  EFBIG: 'the file would be larger than allowed',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** True of errors of the operating system about a file: ENOENT, EACCES, ENOSPC … */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** An error's code in words: `the disk is full; make room and start again (ENOSPC)`. */
export function describeReason(code: string): string {
  return `${reasons[code] ?? 'the system refused'} (${code})`;
}

/** The system's error as one line for the user; anything else is passed on as it is. */
export function toDiskError(error: unknown, action: string): unknown {
  return isSystemError(error) ? new UserError(`${action}: ${describeReason(error.code)}`) : error;
}
