/** What a miner does and why, in one sentence. */

import { text } from "./texts";
import type { Hass, Miner } from "./types";

/** Colours by status: green mines, amber is on the way, red needs somebody. */
const KINDS: Record<string, string> = {
  on: "good",
  starting: "busy",
  stopping: "busy",
  error: "bad",
};

/** Return the kind of colour that a status has. */
export function kindOf(status: string | null | undefined): string {
  return KINDS[status ?? ""] ?? "rest";
}

/** Return what a miner does, why, and whether all of it is provided as it should be. */
export function sentence(hass: Hass, miner: Miner | undefined, statusId: string): string {
  const state = hass.states[statusId];
  if (!miner) {
    return state ? hass.formatEntityState(state) : "";
  }
  const status = text(`reason.${miner.reason}`);
  if (miner.status !== "on") {
    return status;
  }
  const providers = Object.values(miner.degraded);
  if (providers.some((provider) => provider !== null)) {
    return text("sentence.fallback", { status });
  }
  return providers.length ? text("sentence.missing", { status }) : status;
}
