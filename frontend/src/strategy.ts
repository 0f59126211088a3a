/** The dashboard "Miners": made from the miners that there are, without any YAML. */

import { FLEET_CARD } from "./fleet-card";
import { devicesOf, entitiesOf, entitiesWith, minerDevices, nameOf } from "./miners";
import { MATRIX_CARD } from "./matrix-card";
import { MINER_CARD } from "./miner-card";
import { TOTALS_CARD } from "./totals-card";
import { loadTexts, text } from "./texts";
import type { CardConfig, Hass } from "./types";

export const STRATEGY = "miner-control";

const COLUMNS = 4;
/** So many lines can be told apart in one chart. */
const LINES = 10;
const HOURS = 24;

const COMPARED: [title: string, keys: string[]][] = [
  ["name.hashrate", ["sensor.hashrate"]],
  ["name.power", ["sensor.power"]],
  ["name.temperature", ["sensor.chip_temperature", "sensor.board_temperature"]],
  ["name.status", ["sensor.status"]],
];

/** What a miner has beyond its card, with the tile features that control it. */
const DETAILS: [title: string, icon: string, keys: string[]][] = [
  [
    "strategy.controls",
    "mdi:tune-variant",
    [
      "sensor.heating_reason",
      "sensor.heat_output",
      "sensor.heat_energy",
      "number.power_target",
      "number.tuning_frequency",
      "number.tuning_voltage",
      "fan.internal_fan",
      "fan.external_fan",
      "switch.locate",
      "button.restart_mining",
      "button.reboot",
      "update.firmware",
    ],
  ],
  [
    "strategy.readings",
    "mdi:gauge",
    [
      "sensor.energy",
      "sensor.expected_hashrate",
      "sensor.voltage",
      "sensor.frequency",
      "sensor.board_temperature",
      "sensor.inlet_temperature",
      "sensor.outlet_temperature",
      "sensor.room_temperature",
      "sensor.internal_fan_speed",
      "sensor.external_fan_speed",
      "sensor.uptime",
      "sensor.shares_accepted",
      "sensor.shares_rejected",
      "sensor.best_difficulty",
      "sensor.blocks_found",
      "sensor.active_pool",
      "sensor.errors",
    ],
  ],
  [
    "feature.hashboard_monitoring",
    "mdi:expansion-card",
    [
      "sensor.board_hashrate",
      "sensor.board_chip_temperature",
      "sensor.board_board_temperature",
      "sensor.board_voltage",
      "sensor.board_frequency",
    ],
  ],
];

const FEATURES: Record<string, CardConfig> = {
  "number.power_target": { type: "numeric-input", style: "buttons" },
  "number.tuning_frequency": { type: "numeric-input", style: "buttons" },
  "number.tuning_voltage": { type: "numeric-input", style: "buttons" },
  "fan.internal_fan": { type: "fan-speed" },
  "fan.external_fan": { type: "fan-speed" },
  "switch.locate": { type: "toggle" },
  "button.restart_mining": { type: "button" },
  "button.reboot": { type: "button" },
  "update.firmware": { type: "update-actions" },
};

export interface StrategyConfig {
  type: string;
  hours_to_show?: number;
}

type Section = Record<string, unknown> & { cards: CardConfig[] };

export class MinersStrategy extends HTMLElement {
  static readonly noEditor = true;
  static readonly registryDependencies = ["entities", "devices"];

  /** Return what the form of a new dashboard is filled in with. */
  static async getCreateSuggestions(hass: Hass): Promise<Record<string, string>> {
    await loadTexts(hass.language);
    return { title: text("strategy.title"), icon: "mdi:pickaxe" };
  }

  /** Return the whole dashboard. */
  static async generate(config: StrategyConfig, hass: Hass): Promise<unknown> {
    await loadTexts(hass.language);
    const hours = config.hours_to_show ?? HOURS;
    const devices = minerDevices(hass);
    return {
      title: text("strategy.title"),
      views: [
        overview(hass, devices, hours),
        ...devices.map((id) => details(hass, id, hours)),
      ],
    };
  }
}

/** Return the view of all miners. */
function overview(hass: Hass, devices: string[], hours: number): unknown {
  const cards = devices.map((id) => ({
    type: `custom:${MINER_CARD}`,
    device_id: id,
    navigation_path: pathOf(id),
  }));
  const fleets = devicesOf(hass, "fleet").map((id) => ({
    type: `custom:${FLEET_CARD}`,
    device_id: id,
  }));
  const sections: Section[] = [
    wide([{ type: `custom:${TOTALS_CARD}` }, ...fleets]),
    ...(cards.length ? [wide(cards)] : []),
    ...(cards.length ? [comparison(hass, devices, hours)] : []),
  ];
  return {
    title: text("strategy.title"),
    icon: "mdi:pickaxe",
    path: "miners",
    type: "sections",
    max_columns: COLUMNS,
    sections,
  };
}

/** Return the charts that compare miners, with as many lines each as can be told apart. */
function comparison(hass: Hass, devices: string[], hours: number): Section {
  const charts = COMPARED.flatMap(([title, keys]) => {
    const entities = devices.flatMap((id) => {
      const known = entitiesOf(hass, id);
      const entity = keys.map((key) => known[key]).find(Boolean);
      return entity ? [{ entity, name: nameOf(hass, id) }] : [];
    });
    return chunks(entities).map((lines) => chart(text(title), lines, hours));
  });
  return wide([heading("strategy.compared", "mdi:chart-line"), ...charts]);
}

/** Return the page of one miner. */
function details(hass: Hass, id: string, hours: number): unknown {
  const entities = entitiesOf(hass, id);
  const history = ["sensor.hashrate", "sensor.power", "sensor.chip_temperature"];
  const charts = history.flatMap((key) => {
    const entity = entities[key];
    return entity ? [chart("", [{ entity }], hours)] : [];
  });
  return {
    title: nameOf(hass, id),
    path: pathOf(id),
    subview: true,
    type: "sections",
    max_columns: COLUMNS,
    sections: [
      {
        type: "grid",
        cards: [
          heading("strategy.now", "mdi:pickaxe"),
          { type: `custom:${MINER_CARD}`, device_id: id },
        ],
      },
      ...DETAILS.flatMap(([title, icon, keys]) => tiles(hass, id, title, icon, keys)),
      { type: "grid", cards: [heading("strategy.history", "mdi:chart-line"), ...charts] },
      wide([
        heading("matrix.title", "mdi:sort-variant"),
        { type: `custom:${MATRIX_CARD}`, device_id: id },
      ]),
    ],
  };
}

/** Return a section of tiles for what a miner has of some entities. */
function tiles(
  hass: Hass,
  id: string,
  title: string,
  icon: string,
  keys: string[],
): Section[] {
  const cards = entitiesWith(hass, id, keys).map(([key, entity]) => {
    const feature = FEATURES[key];
    return {
      type: "tile",
      entity,
      name: { type: "entity" },
      grid_options: { columns: feature ? 12 : 6 },
      ...(feature && { features: [feature], features_position: "inline" }),
    };
  });
  return cards.length ? [{ type: "grid", cards: [heading(title, icon), ...cards] }] : [];
}

function wide(cards: CardConfig[]): Section {
  return { type: "grid", column_span: COLUMNS, cards };
}

function heading(title: string, icon: string): CardConfig {
  return { type: "heading", heading: text(title), icon };
}

function chart(title: string, entities: unknown[], hours: number): CardConfig {
  return {
    type: "history-graph",
    ...(title && { title }),
    hours_to_show: hours,
    entities,
    grid_options: { columns: 12, rows: "auto" },
  };
}

function chunks<T>(all: T[]): T[][] {
  const found: T[][] = [];
  for (let start = 0; start < all.length; start += LINES) {
    found.push(all.slice(start, start + LINES));
  }
  return found;
}

/** Return where the page of a miner is, beside that of all. */
function pathOf(deviceId: string): string {
  return `miner-${deviceId}`;
}
