/** One miner: what it does and why, what it measures, how it is set, who provides that. */

import { mdiFlash, mdiLeaf, mdiPickaxe, mdiSpeedometer, mdiSwapHorizontal, mdiThermometer } from "@mdi/js";
import { css, html, nothing, type TemplateResult } from "lit";

import { icon } from "./icon";
import { listed } from "./format";
import { DOMAIN, deviceOfEntity, minerDevices, nameOf, type Entities, type Kind } from "./miners";
import { kindOf, sentence } from "./sentence";
import { settable, shared } from "./styles";
import { MinerCardBase, SILENT } from "./subject";
import { text } from "./texts";
import { tile, type Tile } from "./tile";
import type { Hass, MinerConfig } from "./types";

export const MINER_CARD = "miner-control-card";

const READINGS: [key: string, name: string, icon: string, instead?: string][] = [
  ["sensor.hashrate", "name.hashrate", mdiSpeedometer],
  ["sensor.power", "name.power", mdiFlash],
  ["sensor.efficiency", "name.efficiency", mdiLeaf],
  [
    "sensor.chip_temperature",
    "name.temperature",
    mdiThermometer,
    "sensor.board_temperature",
  ],
];

/** Whose provider is named, with what it provides. */
const PROVIDED: [key: string, name: string][] = [
  ["sensor.hashrate", "name.hashrate"],
  ["sensor.power", "name.power"],
  ["sensor.chip_temperature", "name.temperature"],
  ["switch.mining", "name.mining"],
  ["switch.power", "name.supply"],
  ["number.power_limit", "name.power_limit"],
  ["select.preset", "name.preset"],
];

const THERMOSTAT = "climate.thermostat";
/** Why it heats as it does, how warm it is and shall be, and what it follows. */
const THERMOSTAT_TILE = {
  state_content: ["reason", "current_temperature"],
  features: [{ type: "target-temperature" }, { type: "climate-hvac-modes" }],
};

const ALSO_SHOWN = [
  "sensor.status",
  "sensor.board_temperature",
  "sensor.errors",
  THERMOSTAT,
];

interface Chip {
  provider: string;
  isFallback: boolean;
  names: string[];
}

export class MinerCard extends MinerCardBase {
  static override styles = [
    shared,
    settable,
    css`
      :host {
        /* Of a hundred cards, only those in sight are laid out. */
        content-visibility: auto;
        contain-intrinsic-size: auto 360px;
      }
      .content {
        container-type: inline-size;
      }
      .readings {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 8px;
        margin: 16px 0 0;
      }
      @container (min-width: 560px) {
        .readings {
          grid-template-columns: repeat(4, minmax(0, 1fr));
        }
      }
      .reading {
        box-sizing: border-box;
        padding: 8px 12px;
        border-radius: 10px;
        background: var(--tint);
        cursor: pointer;
      }
      .reading .icon {
        width: 14px;
  height: 14px;
        margin-inline-end: 4px;
        vertical-align: -2px;
      }
      .label {
        display: block;
        font-size: 12px;
        line-height: 18px;
        color: var(--secondary-text-color);
      }
      .value {
        display: block;
        font-size: 17px;
        font-weight: 500;
        line-height: 24px;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .old .value {
        color: var(--secondary-text-color);
      }
      .control output {
        min-width: 64px;
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
      input {
        flex: 1.4;
        min-width: 80px;
        height: 24px;
        margin: 0;
        border-radius: 12px;
        background: transparent;
        appearance: none;
        cursor: pointer;
      }
      input::-webkit-slider-runnable-track {
        height: 6px;
        border-radius: 3px;
        background: var(--track);
      }
      input::-moz-range-track {
        height: 6px;
        border-radius: 3px;
        background: var(--track);
      }
      input::-webkit-slider-thumb {
        width: 18px;
        height: 18px;
        margin-top: -6px;
        border-radius: 50%;
        background: var(--primary-color);
        appearance: none;
      }
      input::-moz-range-thumb {
        width: 18px;
        height: 18px;
        border: 0;
        border-radius: 50%;
        background: var(--primary-color);
      }
      input:disabled {
        opacity: 0.5;
        cursor: default;
      }
      .thermostat {
        /* Nothing moves when the tile comes. */
        min-height: 164px;
        margin-top: 12px;
        --ha-card-background: var(--tint);
        --ha-card-border-radius: 10px;
        --ha-card-border-width: 0;
        --ha-card-box-shadow: none;
      }
      .providers {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        align-items: center;
        margin-top: 12px;
        font-size: 12px;
        line-height: 18px;
      }
      .providers > span {
        color: var(--secondary-text-color);
      }
      ul {
        display: contents;
        list-style: none;
      }
    `,
  ];

  #dragged: number | undefined;
  #tile: Tile | undefined;
  #tileOf: string | undefined;

  constructor() {
    super();
    const change = "contentvisibilityautostatechange";
    // Browsers that do not tell get everything at once.
    this.isSeen = !(`on${change}` in this);
    this.addEventListener(change, (event) => {
      if (!this.isSeen && !(event as Event & { skipped: boolean }).skipped) {
        this.isSeen = true;
        this.requestUpdate();
      }
    });
  }

  static getStubConfig(hass: Hass): Partial<MinerConfig> {
    const [first] = minerDevices(hass);
    return first ? { device_id: first } : {};
  }

  static getConfigForm(): Record<string, unknown> {
    return configForm();
  }

  protected override shown(entities: Entities): Iterable<string> {
    const keys = [...PROVIDED, ...READINGS].map(([key]) => key);
    return [...keys, ...ALSO_SHOWN].flatMap((key) => entities[key] ?? []);
  }

  protected override minerCard(
    hass: Hass,
    deviceId: string,
    entities: Entities,
  ): TemplateResult {
    const status = entities["sensor.status"] ?? "";
    const kind = kindOf(this.miner?.status ?? hass.states[status]?.state);
    const name = nameOf(hass, deviceId);
    return html`<div class="content ${kind}" role="region" aria-label=${name}>
      <div class="head">
        <button class="title" @click=${() => this.open(status)}>
          <span class="badge">${icon(mdiPickaxe)}</span>
          <span class="names">
            <b>${name}</b>
            <span class="says">${this.#statusSentence(hass, entities, status)}</span>
          </span>
        </button>
        ${this.#toggle(hass, entities["switch.mining"], text("name.mining"))}
      </div>
      <div class="readings ${hass.connected ? "" : "old"}">
        ${READINGS.map((reading) => this.#reading(hass, entities, reading))}
      </div>
      ${this.#controls(hass, entities)} ${this.#thermostat(hass, entities[THERMOSTAT])}
      ${this.#providers(hass, entities)}
    </div>`;
  }

  #statusSentence(hass: Hass, entities: Entities, status: string): string {
    const said = sentence(hass, this.miner, status);
    const errors = hass.states[entities["sensor.errors"] ?? ""]?.state;
    const tells = errors && !SILENT.includes(errors) && !/^(0|ok)?$/i.test(errors);
    return this.miner?.status === "error" && tells ? `${said} (${errors})` : said;
  }

  #reading(
    hass: Hass,
    entities: Entities,
    [key, name, path, instead]: (typeof READINGS)[number],
  ): TemplateResult | typeof nothing {
    const id = entities[key] ?? (instead ? entities[instead] : undefined);
    const state = id ? hass.states[id] : undefined;
    if (!id || !state) {
      return nothing;
    }
    const value = SILENT.includes(state.state) ? "–" : hass.formatEntityState(state);
    return html`<button class="reading" @click=${() => this.moreInfo(id)}>
      <span class="label">${icon(path)}${text(name)}</span>
      <span class="value">${value}</span>
    </button>`;
  }

  #controls(hass: Hass, entities: Entities): TemplateResult | typeof nothing {
    const parts = [
      this.#supply(hass, entities["switch.power"]),
      this.choice(hass, entities["select.preset"], text("name.preset")),
      this.#limit(hass, entities["number.power_limit"]),
    ].filter((part) => part !== nothing);
    return parts.length ? html`<div class="controls">${parts}</div>` : nothing;
  }

  #supply(hass: Hass, id: string | undefined): TemplateResult | typeof nothing {
    if (!this.state(hass, id)) {
      return nothing;
    }
    return html`<div class="control">
      <span class="name">${text("name.supply")}</span>
      ${this.#toggle(hass, id, text("name.supply"))}
    </div>`;
  }

  #limit(hass: Hass, id: string | undefined): TemplateResult | typeof nothing {
    const state = this.state(hass, id);
    if (!id || !state) {
      return nothing;
    }
    const name = text("name.power_limit");
    const { min, max, step } = state.attributes;
    const value = this.#dragged ?? Number(state.state);
    const isKnown = Number.isFinite(value);
    const shown = isKnown ? hass.formatEntityState(state, String(value)) : "–";
    return html`<label class="control">
      <span class="name">${name}</span>
      <input
        type="range"
        aria-label=${name}
        aria-valuetext=${shown}
        min=${String(min ?? 0)}
        max=${String(max ?? 100)}
        step=${String(step ?? 1)}
        .value=${String(isKnown ? value : (min ?? 0))}
        ?disabled=${this.isBusy(hass, id, state)}
        @input=${(event: Event) => this.#drag(Number((event.target as HTMLInputElement).value))}
        @change=${(event: Event) => {
          const wanted = Number((event.target as HTMLInputElement).value);
          void this.act(id, "number", "set_value", { value: wanted }).finally(() =>
            this.#drag(undefined),
          );
        }}
      />
      <output>${shown}</output>
    </label>`;
  }

  /** Return the thermostat of a miner that heats, as Home Assistant shows one. */
  #thermostat(hass: Hass, id: string | undefined): TemplateResult | typeof nothing {
    if (!id || !this.state(hass, id)) {
      return nothing;
    }
    if (this.isSeen && this.#tileOf !== id) {
      this.#tile = undefined;
      this.#tileOf = id;
      void tile(id, THERMOSTAT_TILE)
        .then((made) => {
          if (this.#tileOf === id) {
            this.#tile = made;
            this.requestUpdate();
          }
        })
        // What makes it could not be loaded; the next change tries again.
        .catch(() => (this.#tileOf = undefined));
    }
    if (this.#tile) {
      this.#tile.hass = hass;
    }
    return html`<div class="thermostat">${this.#tile}</div>`;
  }

  /** Show the value that a slider is moved to, before it is set. */
  #drag(value: number | undefined): void {
    this.#dragged = value;
    this.requestUpdate();
  }

  #toggle(
    hass: Hass,
    id: string | undefined,
    name: string,
  ): TemplateResult | typeof nothing {
    const state = this.state(hass, id);
    if (!id || !state) {
      return nothing;
    }
    const isOn = state.state === "on";
    return html`<button
      class="switch"
      role="switch"
      aria-checked=${isOn ? "true" : "false"}
      aria-label=${name}
      title=${name}
      ?disabled=${this.isBusy(hass, id, state)}
      @click=${() => void this.act(id, "switch", isOn ? "turn_off" : "turn_on")}
    ></button>`;
  }

  /** Name who provides what is shown, those that stand in for others in colour. */
  #providers(hass: Hass, entities: Entities): TemplateResult | typeof nothing {
    const chips = this.#chips(hass, entities);
    if (!chips.length) {
      return nothing;
    }
    return html`<div class="providers">
      <span id="provided">${text("name.provided_by")}</span>
      <ul role="list" aria-labelledby="provided">
        ${chips.map(
          ({ provider, isFallback, names }) =>
            html`<li class="chip ${isFallback ? "fallback" : ""}">
              ${isFallback
                ? html`${icon(mdiSwapHorizontal)}
                    <span>${text("name.fallback")}</span>`
                : nothing}
              <b>${provider}</b>
              ${chips.length > 1 || isFallback
                ? html`<span>${listed(hass, names)}</span>`
                : nothing}
            </li>`,
        )}
      </ul>
    </div>`;
  }

  #chips(hass: Hass, entities: Entities): Chip[] {
    const chips = new Map<string, Chip>();
    for (const [key, name] of PROVIDED) {
      const { provider, fallback } = this.state(hass, entities[key])?.attributes ?? {};
      if (typeof provider === "string") {
        const isFallback = fallback === true;
        const id = `${isFallback}${provider}`;
        const chip = chips.get(id) ?? { provider, isFallback, names: [] };
        chip.names.push(text(name));
        chips.set(id, chip);
      }
    }
    return [...chips.values()];
  }
}

/** Return the form that configures a card of one miner, or of one fleet. */
export function configForm(kind: Kind = "miner"): Record<string, unknown> {
  return {
    schema: [
      {
        name: "device_id",
        required: true,
        selector: {
          device: {
            entity: [{ integration: DOMAIN, domain: "sensor", device_class: "enum" }],
          },
        },
      },
      { name: "navigation_path", selector: { navigation: {} } },
    ],
    computeLabel: ({ name }: { name: string }) =>
      name === "device_id" ? text(`${kind}.name`) : text(`form.${name}`),
    computeHelper: ({ name }: { name: string }) =>
      text(name === "device_id" ? `form.${kind}_help` : `form.${name}_help`),
  };
}

/** Return the card that is offered for an entity of its kind; null for all others. */
export function suggestion(
  hass: Hass,
  entityId: string,
  type: string,
  kind: Kind,
): unknown {
  const deviceId = deviceOfEntity(hass, entityId, kind);
  return deviceId ? { config: { type: `custom:${type}`, device_id: deviceId } } : null;
}
