/** How far a long task is. Producers only report; src/terminal draws. */
export interface ProgressEvent {
  /** What is being done, for example `Tokenising reviews`. */
  readonly label: string;
  readonly done: number;
  /** Absent while the end is not known. */
  readonly total?: number;
  readonly unit?: 'bytes' | 'reviews' | 'seconds' | 'examples';
}

export type OnProgress = (event: ProgressEvent) => void;

export const ignoreProgress: OnProgress = () => undefined;
