/** All miners at a glance: how many mine, what they do together, who needs somebody. */

import { mdiAlertCircleOutline, mdiFlash, mdiLeaf, mdiPickaxe, mdiSpeedometer, mdiSwapHorizontal } from "@mdi/js";
import { css, html, nothing, type TemplateResult } from "lit";

import { icon } from "./icon";
import { BaseCard } from "./base";
import { featureName, listed, number, quantity, valueOf } from "./format";
import { entitiesOf, minerDevices, nameOf } from "./miners";
import { kindOf, sentence } from "./sentence";
import { settable, shared } from "./styles";
import { text } from "./texts";
import type { CardConfig, Hass, Miner } from "./types";

export const TOTALS_CARD = "miner-control-totals-card";

const ADDED_UP = ["sensor.status", "sensor.hashrate", "sensor.power"];
/** What a miner may be like without anybody having to look after it. */
const CALM = ["on", "off", "idle", "starting", "stopping"];

/** How many features are named before the rest is only counted. */
const NAMED = 4;

interface Reading {
  name: string;
  icon: string;
  value: string;
}

export class TotalsCard extends BaseCard {
  static override styles = [
    shared,
    settable,
    css`
      .totals {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(128px, 1fr));
        gap: 16px;
        margin: 0;
      }
      dt {
        font-size: 12px;
        line-height: 18px;
        color: var(--secondary-text-color);
      }
      dt .icon {
        width: 16px;
  height: 16px;
        margin-inline-end: 4px;
        vertical-align: -3px;
      }
      dd {
        margin: 0;
        font-size: 24px;
        font-weight: 500;
        line-height: 32px;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      ul {
        display: grid;
        gap: 8px;
        margin: 16px 0 0;
        padding: 0;
        list-style: none;
      }
      li .icon {
        width: 20px;
  height: 20px;
        flex: none;
      }
      li b {
        font-weight: 500;
      }
    `,
  ];

  setConfig(_config: CardConfig): void {
    this.requestUpdate();
  }

  static getStubConfig(): Record<string, unknown> {
    return {};
  }

  static getConfigForm(): Record<string, unknown> {
    return { schema: [] };
  }

  getCardSize(): number {
    return 3;
  }

  getGridOptions(): Record<string, unknown> {
    return { columns: "full", min_columns: 6, rows: "auto" };
  }

  protected override watched(hass: Hass): Iterable<string> {
    return minerDevices(hass).flatMap((id) => {
      const entities = entitiesOf(hass, id);
      return ADDED_UP.flatMap((key) => entities[key] ?? []);
    });
  }

  protected override card(hass: Hass): TemplateResult {
    const devices = minerDevices(hass);
    if (!devices.length) {
      return this.message("info", text("message.no_miners"));
    }
    const needy = devices.flatMap((id) => this.#needy(hass, id));
    return html`<div class="content" role="region" aria-label=${text("totals.name")}>
      <dl class="totals">
        ${this.#readings(hass, devices).map(
          ({ name, icon: path, value }) =>
            html`<div>
              <dt>${icon(path)}${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${needy.length ? html`<ul>${needy}</ul>` : nothing}
    </div>`;
  }

  #readings(hass: Hass, devices: string[]): Reading[] {
    let mining = 0;
    let watts: number | undefined;
    const rates = new Map<string, number>();
    // Of miners alone that tell both.
    let [usedWatts, madeRate] = [0, 0];
    for (const device of devices) {
      const entities = entitiesOf(hass, device);
      const rateId = entities["sensor.hashrate"];
      const rate = valueOf(hass, rateId);
      const unit = hass.states[rateId ?? ""]?.attributes.unit_of_measurement;
      const power = valueOf(hass, entities["sensor.power"]);
      mining += hass.states[entities["sensor.status"] ?? ""]?.state === "on" ? 1 : 0;
      watts = power === undefined ? watts : (watts ?? 0) + power;
      if (rate !== undefined && typeof unit === "string") {
        rates.set(unit, (rates.get(unit) ?? 0) + rate);
        if (power !== undefined) {
          usedWatts += power;
          madeRate += rate;
        }
      }
    }
    const all: Reading[] = [
      {
        name: text("name.miners_mining"),
        icon: mdiPickaxe,
        value: text("totals.mining", { mining, all: devices.length }),
      },
    ];
    for (const [unit, rate] of rates) {
      const value = quantity(hass, rate, unit);
      all.push({ name: text("name.hashrate"), icon: mdiSpeedometer, value });
    }
    if (watts !== undefined) {
      const value =
        watts < 10000 ? quantity(hass, watts, "W") : quantity(hass, watts / 1000, "kW");
      all.push({ name: text("name.power"), icon: mdiFlash, value });
    }
    const [unit] = rates.keys();
    if (rates.size === 1 && usedWatts && madeRate && unit?.endsWith("/s")) {
      const value = `${number(hass, usedWatts / madeRate)}\u00a0J/${unit.slice(0, -2)}`;
      all.push({ name: text("name.efficiency"), icon: mdiLeaf, value });
    }
    return all;
  }

  /** Return a line about a miner that is not as it should be. */
  #needy(hass: Hass, deviceId: string): TemplateResult[] {
    const miner = this.miners?.of(deviceId);
    const status = entitiesOf(hass, deviceId)["sensor.status"] ?? "";
    const isCalm = !miner || CALM.includes(miner.status ?? "");
    if (!miner || (isCalm && !Object.keys(miner.degraded).length)) {
      return [];
    }
    const kind = kindOf(miner.status) === "bad" || !miner.loaded ? "bad" : "";
    return [
      html`<li class="note ${kind}">
        ${icon(kind ? mdiAlertCircleOutline : mdiSwapHorizontal)}
        <span>
          <b>${nameOf(hass, deviceId)}</b>: ${sentence(hass, miner, status)}
          ${standIns(hass, miner).map((line) => html`<br />${line}`)}
        </span>
      </li>`,
    ];
  }
}

/** Return names in one line: all of a few, the first ones of many. */
function shortened(hass: Hass, names: string[]): string {
  const count = names.length - NAMED;
  return count > 1
    ? listed(hass, [...names.slice(0, NAMED), text("totals.more", { count })])
    : listed(hass, names);
}

/** Return who stands in for what, a line for each. */
function standIns(hass: Hass, miner: Miner): string[] {
  const features = new Map<string | null, string[]>();
  for (const [feature, provider] of Object.entries(miner.degraded)) {
    features.set(provider, [...(features.get(provider) ?? []), featureName(feature)]);
  }
  return [...features].map(([provider, names]) =>
    provider === null
      ? text("totals.nobody", { features: shortened(hass, names) })
      : text("totals.stands_in", { provider, features: shortened(hass, names) }),
  );
}
