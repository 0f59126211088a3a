/** Register the cards and the dashboard with Home Assistant's frontend. */

import { FLEET_CARD, FleetCard } from "./fleet-card";
import { MATRIX_CARD, MatrixCard } from "./matrix-card";
import { MINER_CARD, MinerCard, suggestion } from "./miner-card";
import { STRATEGY, MinersStrategy } from "./strategy";
import { TOTALS_CARD, TotalsCard } from "./totals-card";
import { fittingLanguage, loadTexts, text } from "./texts";
import type { Kind } from "./miners";
import type { Hass } from "./types";

/** Name and description of the dashboard: its list does not wait for any text. */
declare const NAMES: Record<string, { name: string; description: string }>;

const DOCUMENTATION =
  "https://github.com/miner-control/ha-miner-control/blob/main/docs/dashboard.md";

interface Registries {
  customCards?: unknown[];
  customStrategies?: unknown[];
}

const ELEMENTS: Record<string, CustomElementConstructor> = {
  [MINER_CARD]: MinerCard,
  [MATRIX_CARD]: MatrixCard,
  [TOTALS_CARD]: TotalsCard,
  [FLEET_CARD]: FleetCard,
  [`ll-strategy-dashboard-${STRATEGY}`]: MinersStrategy,
};

/** Each card, the key of its texts, and for the entities of what it is suggested. */
const CARDS: [type: string, key: string, kind?: Kind][] = [
  [MINER_CARD, "miner", "miner"],
  [MATRIX_CARD, "matrix", "miner"],
  [FLEET_CARD, "fleet", "fleet"],
  [TOTALS_CARD, "totals"],
];

/** Return the language of the page, before any card has been told it. */
function languageOfPage(): string {
  const app = document.querySelector("home-assistant") as { hass?: Hass } | null;
  return app?.hass?.language ?? document.documentElement.lang ?? "en";
}

function register(): void {
  for (const [name, element] of Object.entries(ELEMENTS)) {
    customElements.define(name, element);
  }
  void loadTexts(languageOfPage());
  const registries = window as Registries;
  (registries.customCards ??= []).push(
    ...CARDS.map(([type, key, kind]) => ({
      type,
      // Read when the list of cards is shown, and the texts are there.
      get name() {
        return text(`${key}.name`);
      },
      get description() {
        return text(`${key}.description`);
      },
      preview: true,
      documentationURL: DOCUMENTATION,
      ...(kind && {
        getEntitySuggestion: (hass: Hass, entityId: string) =>
          suggestion(hass, entityId, type, kind),
      }),
    })),
  );
  (registries.customStrategies ??= []).push({
    type: STRATEGY,
    strategyType: "dashboard",
    ...NAMES[fittingLanguage(languageOfPage())],
    documentationURL: DOCUMENTATION,
  });
}

// After an update of the integration, an open page meets a second version.
if (!customElements.get(MINER_CARD)) {
  register();
}
