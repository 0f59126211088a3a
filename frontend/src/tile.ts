/** Tiles of Home Assistant inside a card: what they control, they control best. */

import type { CardConfig, Hass } from "./types";

export type Tile = HTMLElement & { hass?: Hass };

interface Helpers {
  createCardElement(config: CardConfig): Tile;
}

/** Return a tile, as soon as the page has loaded what makes one. */
export async function tile(entity: string, config: Record<string, unknown>): Promise<Tile> {
  const { loadCardHelpers } = window as unknown as {
    loadCardHelpers(): Promise<Helpers>;
  };
  const { createCardElement } = await loadCardHelpers();
  return createCardElement({ type: "tile", entity, name: { type: "entity" }, ...config });
}
