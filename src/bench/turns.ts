import type { Spread } from '../measure/spread.ts';
import { takeTurns } from '../measure/turns.ts';
import type { Contestant } from './contestant.ts';
import type { Entrant, EntrantId } from './entrants.ts';
import type { Compared } from './result.ts';

/** An entrant whose process runs. */
export interface Player {
  readonly entrant: Entrant;
  readonly contestant: Contestant;
}

export type Times = ReadonlyMap<EntrantId, readonly number[]>;

/** Every player in each turn: see src/measure/turns.ts. */
export async function timePlayers(
  players: readonly Player[], turns: number, measure: (player: Player, turn: number) => Promise<number>, limitOf?: (player: Player) => number,
): Promise<Times> {
  const times = await takeTurns(players, turns, measure, limitOf);
  return new Map([...times].map(([{ entrant }, seconds]) => [entrant.id, seconds]));
}

/** Summaries of the times; ratios are against gatelab's. */
export function compare(
  times: Times, summarize: (seconds: readonly number[]) => Spread, ratio: (ours: readonly number[], theirs: readonly number[]) => Spread,
): Compared[] {
  const ours = times.get('gatelab') ?? [];
  return [...times].filter(([, seconds]) => seconds.length > 0).map(([id, seconds]) => ({
    id, seconds: summarize(seconds),
    ratio: id === 'gatelab' ? null : ratio(ours.slice(0, seconds.length), seconds),
  }));
}
