import type { Contestant } from './contestant.ts';
import type { Entrant, EntrantId } from './entrants.ts';
import type { Compared } from './result.ts';
import type { Spread } from './statistics.ts';

/** An entrant whose process runs. */
export interface Player {
  readonly entrant: Entrant;
  readonly contestant: Contestant;
}

export type Times = ReadonlyMap<EntrantId, readonly number[]>;

/**
 * Measures every player in each turn, one after the other, beginning with another one each time: whatever changes on the
 * machine meets all alike.
 * @param limitOf turns of a player that is too slow for all
 */
export async function takeTurns(
  players: readonly Player[], turns: number, measure: (player: Player, turn: number) => Promise<number>,
  limitOf: (player: Player) => number = () => turns,
): Promise<Times> {
  const times = new Map(players.map(({ entrant }) => [entrant.id, [] as number[]]));
  for (let turn = 0; turn < turns; turn++) {
    for (let k = 0; k < players.length; k++) {
      const player = players[(turn + k) % players.length];
      if (player !== undefined && turn < limitOf(player)) times.get(player.entrant.id)?.push(await measure(player, turn));
    }
  }
  return times;
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
