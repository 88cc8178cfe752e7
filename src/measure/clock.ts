/** Seconds on a clock that never goes back, whatever happens to the date. */
export function readClockSeconds(): number {
  return performance.now() / 1000;
}

/**
 * Measures every player in each turn, one after the other, beginning with another one each time: whatever changes on the
 * machine meets all alike.
 * @param limitOf turns of a player that is too slow for all
 */
export async function takeTurns<Player>(
  players: readonly Player[], turns: number, measure: (player: Player, turn: number) => number | Promise<number>,
  limitOf: (player: Player) => number = () => turns,
): Promise<Map<Player, number[]>> {
  const times = new Map(players.map((player) => [player, [] as number[]]));
  for (let turn = 0; turn < turns; turn++) {
    for (const player of [...players.slice(turn % players.length), ...players.slice(0, turn % players.length)]) {
      if (turn < limitOf(player)) times.get(player)?.push(await measure(player, turn));
    }
  }
  return times;
}
