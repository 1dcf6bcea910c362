/** A member of a played election: its base priority and what its checks say. */
export interface Player {
  base: number;
  checks: { weight: number; fails: boolean }[];
}

/**
 * Plays an election second by second and returns the index of the owner at the end.
 *
 * All members start healthy; then the checks marked as failing fail. Follows the states of
 * keepalived's `vrrp_state_backup` and `vrrp_state_master_rx`, without the model's formulas: a
 * master sends each second, a backup whose timer runs out becomes master, a master that hears a
 * higher priority steps back.
 */
export function elect(players: Player[]): number | undefined {
  const states = players.map(({ base }) => ({ master: false, priority: base, silent: 0 }));
  for (let second = 0; second < 40; second++) {
    const failing = second >= 20;
    states.forEach((state, index) => {
      const { base, checks } = players[index] ?? { base: 0, checks: [] };
      let total = base;
      let fault = false;
      for (const { weight, fails } of checks) {
        const failed = failing && fails;
        if (weight === 0) fault ||= failed;
        else if (weight > 0 && !failed) total += weight;
        else if (weight < 0 && failed) total += weight;
      }
      const cut = Math.min(254, Math.max(1, total));
      state.priority = fault ? 0 : base === 255 ? 255 : cut;
      if (fault) state.master = false;
    });
    // Everyone hears the same adverts of this second; the highest backup's timer runs out first.
    const adverts = states.filter(({ master }) => master).map(({ priority }) => priority);
    for (const state of states) {
      if (state.priority === 0) continue;
      if (state.master) {
        if (adverts.some((advert) => advert > state.priority)) {
          state.master = false;
          state.silent = 0;
        }
      } else {
        state.silent = adverts.some((advert) => advert >= state.priority) ? 0 : state.silent + 1;
      }
    }
    const ready = states.filter((one) => !one.master && one.silent > 3 && one.priority > 0);
    const quickest = ready.reduce<(typeof ready)[number] | undefined>(
      (best, one) => (best === undefined || one.priority > best.priority ? one : best),
      undefined,
    );
    if (quickest !== undefined) {
      quickest.master = true;
      quickest.silent = 0;
    }
  }
  const found = states.findIndex(({ master }) => master);
  return found < 0 ? undefined : found;
}
