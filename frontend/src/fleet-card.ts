/** A fleet: what its miners share, who gets how much and why, and the emergency stop. */

import { mdiAlertCircleOutline, mdiFlash } from "@mdi/js";
import { css, html, nothing, type TemplateResult } from "lit";

import { listed, quantity, valueOf } from "./format";
import { icon } from "./icon";
import { configForm } from "./miner-card";
import { devicesOf, nameOf, type Entities, type Kind } from "./miners";
import { settable, shared } from "./styles";
import { MinerCardBase, SILENT } from "./subject";
import { text } from "./texts";
import type { Hass, MinerConfig } from "./types";

export const FLEET_CARD = "miner-control-fleet-card";

/** For how long a button that stops miners has to be held. */
const HOLD_MS = 1500;
/** For how long a second press counts, of somebody who cannot hold. */
const AGAIN_MS = 5000;

/** What a fleet tells of a member. */
interface Member {
  miner: string;
  watts: number;
  power: number | null;
  reason: string | null;
  failure: string | null;
}

/** What became of a miner in the emergency stop. */
interface Stop {
  miner: string;
  outcome: string;
  reason: string | null;
}

const SHOWN = [
  "sensor.decision",
  "sensor.available_power",
  "sensor.allocated_power",
  "number.power_budget",
  "select.mode",
  "button.emergency_stop",
  "binary_sensor.emergency_stop",
  "binary_sensor.over_limit",
];

export class FleetCard extends MinerCardBase {
  static override styles = [
    shared,
    settable,
    css`
      .bar {
        display: flex;
        gap: 2px;
        height: 20px;
        margin-top: 16px;
        border-radius: 6px;
        overflow: hidden;
        background: var(--tint);
      }
      .share {
        min-width: 2px;
        background: color-mix(in srgb, var(--tone) 35%, transparent);
      }
      .share > i {
        display: block;
        height: 100%;
        background: var(--tone);
      }
      .sum {
        margin-top: 4px;
        font-size: 13px;
        line-height: 18px;
        color: var(--secondary-text-color);
      }
      .note {
        margin-top: 12px;
      }
      ol,
      .note ul {
        margin: 12px 0 0;
        padding: 0;
        list-style: none;
      }
      .note ul {
        margin: 0;
      }
      ol > li {
        display: grid;
        grid-template-columns: 12px 1fr auto;
        column-gap: 10px;
        align-items: baseline;
        padding: 6px 0;
        line-height: 20px;
      }
      ol > li::before {
        width: 12px;
        height: 12px;
        border-radius: 3px;
        background: var(--tone);
        content: "";
      }
      .watts {
        font-variant-numeric: tabular-nums;
      }
      .why {
        grid-column: 2 / -1;
        font-size: 13px;
        line-height: 18px;
        color: var(--secondary-text-color);
      }
      .failure {
        color: var(--primary-text-color);
        font-weight: 500;
      }
      .box {
        box-sizing: border-box;
        width: 120px;
        text-align: end;
      }
      .hold {
        position: relative;
        width: 100%;
        min-height: 44px;
        margin-top: 16px;
        border: 2px solid var(--error-color, #c62828);
        border-radius: 10px;
        overflow: hidden;
        font-weight: 500;
        text-align: center;
        touch-action: none;
        user-select: none;
      }
      .hold.reset {
        border-color: var(--line);
      }
      .hold::before {
        position: absolute;
        inset: 0;
        background: color-mix(in srgb, var(--error-color, #c62828) 35%, transparent);
        content: "";
        transform: scaleX(0);
        transform-origin: left;
      }
      .hold.reset::before {
        background: var(--track);
      }
      .hold:dir(rtl)::before {
        transform-origin: right;
      }
      .hold.held::before {
        transform: scaleX(1);
        transition: transform ${HOLD_MS / 1000}s linear;
      }
      .hold > span {
        position: relative;
      }
      .hold[disabled] {
        opacity: 0.5;
        cursor: default;
      }
    `,
  ];

  protected override readonly kind: Kind = "fleet";
  #isHeld = false;
  #wasHeld = false;
  #isArmed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  static getStubConfig(hass: Hass): Partial<MinerConfig> {
    const [first] = devicesOf(hass, "fleet");
    return first ? { device_id: first } : {};
  }

  static getConfigForm(): Record<string, unknown> {
    return configForm("fleet");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#letGo();
  }

  protected override shown(entities: Entities): Iterable<string> {
    return SHOWN.flatMap((key) => entities[key] ?? []);
  }

  protected override minerCard(
    hass: Hass,
    deviceId: string,
    entities: Entities,
  ): TemplateResult {
    const name = nameOf(hass, deviceId);
    const decision = entities["sensor.decision"] ?? "";
    const state = hass.states[decision];
    const members = (state?.attributes.members ?? []) as Member[];
    const isStopped = this.state(hass, entities["binary_sensor.emergency_stop"])?.state === "on";
    const isOver = this.state(hass, entities["binary_sensor.over_limit"])?.state === "on";
    const isAtWork = members.length > 0 && state?.state !== "off";
    const kind = isStopped || isOver ? "bad" : isAtWork ? "good" : "rest";
    const reason = state?.attributes.reason;
    const says =
      typeof reason === "string"
        ? reason
        : state && !SILENT.includes(state.state)
          ? hass.formatEntityState(state)
          : text("fleet.nobody");
    return html`<div class="content ${kind}" role="region" aria-label=${name}>
      <div class="head">
        <button class="title" @click=${() => this.open(decision)}>
          <span class="badge">${icon(mdiFlash)}</span>
          <span class="names">
            <b>${name}</b>
            <span class="says">${says}</span>
          </span>
        </button>
      </div>
      ${isStopped ? this.#stopped(hass, entities) : nothing}
      ${isOver ? this.#overloaded(hass, entities) : nothing}
      ${members.length ? this.#shares(hass, entities, members) : nothing}
      <div class="controls">
        ${this.choice(hass, entities["select.mode"], text("fleet.mode"))}
        ${this.#budget(hass, entities["number.power_budget"])}
      </div>
      ${this.#emergency(hass, entities, isStopped)}
    </div>`;
  }

  /** Return what is given out of what there is, and who gets it, by their rank. */
  #shares(hass: Hass, entities: Entities, members: Member[]): TemplateResult {
    const given = members.reduce((sum, { watts }) => sum + watts, 0);
    const available = valueOf(hass, entities["sensor.available_power"]);
    const whole = Math.max(given, available ?? 0) || 1;
    const allocated = quantity(hass, Math.round(given), "W");
    const sum =
      available === undefined
        ? text("fleet.unlimited", { allocated })
        : text("fleet.allocated", {
            allocated,
            available: quantity(hass, Math.round(available), "W"),
          });
    return html`<div class="bar" aria-hidden="true">
        ${members.map(({ watts, power }, place) => {
          const used = watts ? Math.min((power ?? 0) / watts, 1) : 0;
          const width = (100 * watts) / whole;
          return watts
            ? html`<div class="share" style="${tone(place)}; width: ${width}%">
                <i style="width: ${100 * used}%"></i>
              </div>`
            : nothing;
        })}
      </div>
      <div class="sum">${sum}</div>
      <ol>
        ${members.map((member, place) => this.#member(hass, member, place))}
      </ol>`;
  }

  #member(hass: Hass, member: Member, place: number): TemplateResult {
    const watts = quantity(hass, Math.round(member.watts), "W");
    const power =
      member.power === null ? "–" : quantity(hass, Math.round(member.power), "W");
    return html`<li style=${tone(place)}>
      <span>${member.miner}</span>
      <span class="watts">${text("fleet.draws", { power, watts })}</span>
      ${member.reason ? html`<span class="why">${member.reason}</span>` : nothing}
      ${member.failure ? html`<span class="why failure">${member.failure}</span>` : nothing}
    </li>`;
  }

  #overloaded(hass: Hass, entities: Entities): TemplateResult {
    const told = this.state(hass, entities["binary_sensor.over_limit"])?.attributes.circuits;
    const circuits = listed(hass, Array.isArray(told) ? told.map(String) : []);
    return html`<div class="note bad" role="alert">
      ${icon(mdiAlertCircleOutline)}<span>${text("fleet.over", { circuits })}</span>
    </div>`;
  }

  /** Return since when nobody may start, and what became of each miner. */
  #stopped(hass: Hass, entities: Entities): TemplateResult {
    const { since, miners } =
      this.state(hass, entities["binary_sensor.emergency_stop"])?.attributes ?? {};
    const at = typeof since === "string" ? new Date(since) : undefined;
    const time = at?.toLocaleString(hass.locale.language, {
      dateStyle: "short",
      timeStyle: "short",
    });
    return html`<div class="note bad" role="alert">
      ${icon(mdiAlertCircleOutline)}
      <div>
        ${text("fleet.since", { time: time ?? "–" })}
        <ul>
          ${((miners ?? []) as Stop[]).map(
            ({ miner, outcome, reason }) =>
              html`<li>
                <b>${miner}</b>: ${text(`fleet.${outcome}`)}${reason ? ` (${reason})` : ""}
              </li>`,
          )}
        </ul>
      </div>
    </div>`;
  }

  #budget(hass: Hass, id: string | undefined): TemplateResult | typeof nothing {
    const state = this.state(hass, id);
    if (!id || !state) {
      return nothing;
    }
    const { min, max, step, unit_of_measurement: unit } = state.attributes;
    return html`<label class="control">
      <span class="name">${text("fleet.budget")}${unit ? ` (${String(unit)})` : ""}</span>
      <input
        class="box"
        type="number"
        min=${String(min ?? 0)}
        max=${String(max ?? "")}
        step=${String(step ?? 1)}
        .value=${SILENT.includes(state.state) ? "" : String(Number(state.state))}
        ?disabled=${this.isBusy(hass, id, state)}
        @change=${(event: Event) => {
          const input = event.target as HTMLInputElement;
          if (input.value && input.reportValidity()) {
            void this.act(id, "number", "set_value", { value: Number(input.value) });
          }
        }}
      />
    </label>`;
  }

  /** Return the button that stops all miners, or lets them start again. */
  #emergency(
    hass: Hass,
    entities: Entities,
    isStopped: boolean,
  ): TemplateResult | typeof nothing {
    const id = entities[isStopped ? "button.reset_emergency_stop" : "button.emergency_stop"];
    const state = this.state(hass, id);
    if (!id || !state) {
      return nothing;
    }
    const press = () => {
      this.#letGo();
      void this.act(id, "button", "press");
    };
    const step = this.#isHeld ? "holding" : this.#isArmed ? "again" : "hold";
    const says = `fleet.${step}${isStopped && !this.#isHeld ? "_reset" : ""}`;
    return html`<button
      class="hold ${this.#isHeld ? "held" : ""} ${isStopped ? "reset" : ""}"
      ?disabled=${this.isBusy(hass, id, state)}
      @pointerdown=${(event: PointerEvent) => {
        if (event.button === 0) {
          this.#wasHeld = true;
          this.#hold(press);
        }
      }}
      @pointerup=${this.#letGo}
      @pointerleave=${this.#letGo}
      @contextmenu=${(event: Event) => event.preventDefault()}
      @keydown=${(event: KeyboardEvent) => {
        if ([" ", "Enter"].includes(event.key)) {
          event.preventDefault();
          if (!event.repeat) {
            this.#hold(press);
          }
        }
      }}
      @keyup=${this.#letGo}
      @blur=${this.#letGo}
      @click=${() => this.#onClick(press)}
    >
      <span aria-live="polite">${text(says)}</span>
    </button>`;
  }

  /** Do something once it was held long enough. */
  #hold(press: () => void): void {
    this.#letGo();
    this.#isHeld = true;
    this.#timer = setTimeout(press, HOLD_MS);
    this.requestUpdate();
  }

  readonly #letGo = (): void => {
    clearTimeout(this.#timer);
    if (this.#isHeld || this.#isArmed) {
      this.#isHeld = this.#isArmed = false;
      this.requestUpdate();
    }
  };

  /** Take a click of somebody who can only click, such as by a screen reader. */
  #onClick(press: () => void): void {
    if (this.#wasHeld) {
      this.#wasHeld = false;
    } else if (this.#isArmed) {
      press();
    } else {
      this.#isArmed = true;
      this.#timer = setTimeout(this.#letGo, AGAIN_MS);
      this.requestUpdate();
    }
  }
}

/** Return the colour of a member, the same in the bar and in the list. */
function tone(place: number): string {
  return `--tone: var(--color-${(place % 10) + 1}, var(--primary-color))`;
}
