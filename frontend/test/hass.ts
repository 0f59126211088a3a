/** A Home Assistant for the cards, which does what a test says. */

import { vi } from "vitest";

import { loadTexts } from "../src/texts";
import type { Features, Hass, HassEntity, Miner } from "../src/types";
import english from "../../custom_components/miner_control/frontend/static/texts/en.json";

export const DEVICE = "device";
const PROVIDED = { provider: "S19", fallback: false };

const STATES: Record<string, [string, Record<string, unknown>]> = {
  "sensor.s19_status": ["on", {}],
  "sensor.s19_hashrate": ["104.2", { unit_of_measurement: "TH/s", ...PROVIDED }],
  "sensor.s19_power": ["3250", { unit_of_measurement: "W", provider: "Plug" }],
  "sensor.s19_efficiency": ["31.2", {}],
  "sensor.s19_chip_temperature": ["unavailable", PROVIDED],
  "switch.s19_mining": ["on", PROVIDED],
  "switch.s19_power": ["on", { provider: "Plug", fallback: true }],
  "number.s19_power_limit": ["3000", { min: 1000, max: 3600, step: 10, ...PROVIDED }],
  "select.s19_preset": ["normal", { options: ["low", "normal"], ...PROVIDED }],
  "sensor.s19_errors": ["Fan 1 failed", {}],
};

export interface World {
  hass: Hass;
  /** Tell of miners as Home Assistant does. */
  tell(miners: Record<string, Miner | null>): void;
  calls: [string, string, Record<string, unknown>][];
  asked: Record<string, unknown>[];
  /** How Home Assistant answers a command. */
  answer: (message: Record<string, unknown>) => unknown;
}

export function miner(different: Partial<Miner> = {}): Miner {
  return {
    entry_id: "entry",
    device_id: DEVICE,
    name: "S19",
    loaded: true,
    status: "on",
    reason: "mining",
    degraded: {},
    ...different,
  };
}

/** Return a Home Assistant with one miner; its texts are English. */
export async function world(): Promise<World> {
  vi.stubGlobal("fetch", async () => ({ ok: true, json: async () => english }));
  await loadTexts("en");
  const listeners = new Set<(message: never) => void>();
  const states: Record<string, HassEntity> = {};
  const entities: Hass["entities"] = {
    "sensor.other": { entity_id: "sensor.other", device_id: "lamp", platform: "hue" },
  };
  for (const [entity_id, [state, attributes]] of Object.entries(STATES)) {
    states[entity_id] = { entity_id, state, attributes };
    const translation_key = entity_id.split("s19_")[1] ?? "";
    entities[entity_id] = {
      entity_id,
      device_id: DEVICE,
      platform: "miner_control",
      translation_key,
    };
  }
  states["sensor.other"] = { entity_id: "sensor.other", state: "1", attributes: {} };
  const made: World = {
    calls: [],
    asked: [],
    answer: () => features(),
    tell: (miners) => listeners.forEach((take) => take({ miners } as never)),
    hass: {
      states,
      entities,
      devices: {
        [DEVICE]: { id: DEVICE, name: "S19", name_by_user: null },
        lamp: { id: "lamp", name: "Lamp" },
      },
      connection: {
        subscribeMessage: async (take) => {
          listeners.add(take as never);
          return () => void listeners.delete(take as never);
        },
      },
      connected: true,
      language: "en",
      locale: { language: "en", number_format: "language" },
      user: { is_admin: true },
      callService: async (domain, service, data) => {
        made.calls.push([domain, service, data]);
      },
      callWS: async <T>(message: Record<string, unknown>) => {
        made.asked.push(message);
        return made.answer(message) as T;
      },
      formatEntityState: (entity, state) =>
        [state ?? entity.state, entity.attributes.unit_of_measurement].join(" ").trim(),
    },
  };
  return made;
}

export function features(): Features {
  const binding = (title: string, priority: number, measured: [number, string][]) => ({
    controller: title.toLowerCase(),
    title,
    priority,
    enabled: true,
    healthy: true,
    value: null as unknown,
    measured,
  });
  return {
    controllers: [
      { id: "plug", title: "Plug", kind: "entities", available: false },
      { id: "s19", title: "S19", kind: "network", available: true },
    ],
    features: {
      power_monitoring: {
        provider: "Plug",
        fallback: false,
        ranking: [
          binding("Plug", 80, [[3250.4, "W"]]),
          { ...binding("S19", 40, [[3000, "W"]]), healthy: false },
        ],
      },
      status_monitoring: {
        provider: "S19",
        fallback: true,
        ranking: [{ ...binding("S19", 50, []), value: "on" }],
      },
      fan_speed_internal_monitoring: {
        provider: null,
        fallback: false,
        ranking: [
          { ...binding("S19", 50, [[4000, "rpm"], [4100, "rpm"]]), enabled: false },
        ],
      },
    },
  };
}

type Element = HTMLElement & {
  hass?: Hass;
  setConfig(config: never): void;
  updateComplete: Promise<unknown>;
};

/** Show a card, and return it when it is drawn. */
export async function show(
  name: string,
  hass: Hass,
  config: Record<string, unknown> = { device_id: DEVICE },
): Promise<Element> {
  const card = document.createElement(name) as Element;
  card.setConfig({ type: `custom:${name}`, ...config } as never);
  card.hass = hass;
  document.body.append(card);
  await settle(card);
  return card;
}

/** Wait until a card has drawn all that it knows. */
export async function settle(card: Element): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((done) => setTimeout(done));
    await card.updateComplete;
  }
}

/** Return all that a card says, in one line. */
export function textOf(card: HTMLElement): string {
  const content = card.shadowRoot?.querySelector("ha-card")?.textContent ?? "";
  return content.replace(/\s+/g, " ").trim();
}

/** Return a part of a card. */
export function part<E extends HTMLElement>(card: HTMLElement, selector: string): E {
  const found = card.shadowRoot?.querySelector<E>(selector);
  if (!found) {
    throw new Error(`The card has no ${selector}`);
  }
  return found;
}

/** Return a Home Assistant with one more entity of the miner. */
export function withEntity(hass: Hass, entity: HassEntity): Hass {
  const { entity_id } = entity;
  const translation_key = entity_id.split("s19_")[1] ?? "";
  const registered = { entity_id, device_id: DEVICE, platform: "miner_control" };
  return {
    ...hass,
    states: { ...hass.states, [entity_id]: entity },
    entities: { ...hass.entities, [entity_id]: { ...registered, translation_key } },
  };
}

/** Return a Home Assistant with a changed state. */
export function withState(hass: Hass, id: string, state: string): Hass {
  const before = hass.states[id] ?? { entity_id: id, state: "", attributes: {} };
  return { ...hass, states: { ...hass.states, [id]: { ...before, state } } };
}
