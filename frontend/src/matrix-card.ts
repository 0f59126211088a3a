/** Which controller provides which feature, and in what order they take over. */

import { mdiAlertCircleOutline, mdiLanDisconnect } from "@mdi/js";
import { css, html, nothing, type TemplateResult } from "lit";

import { icon } from "./icon";
import { featureName, quantity } from "./format";
import { DOMAIN, minerDevices, type Entities } from "./miners";
import { configForm } from "./miner-card";
import { shared } from "./styles";
import { MinerCardBase } from "./subject";
import { text } from "./texts";
import type { Binding, Controller, Feature, Features, Hass, MinerConfig } from "./types";

export const MATRIX_CARD = "miner-control-matrix-card";

/** Values change with every reading; more often than this nobody reads them. */
const REFRESH_AFTER = 1000;
/** So far a finger may move before it drags. */
const SLACK = 6;

const BETTER = ["ArrowUp", "ArrowLeft"];
const WORSE = ["ArrowDown", "ArrowRight"];

interface Drag {
  feature: string;
  controller: string;
  over: string | undefined;
  from: [x: number, y: number];
}

export class MatrixCard extends MinerCardBase {
  static override styles = [
    shared,
    css`
      .content {
        container-type: inline-size;
        padding: 8px 16px 16px;
      }
      .row {
        display: grid;
        grid-template-columns: minmax(120px, 1.1fr) repeat(var(--n), minmax(0, 1fr));
        gap: 8px;
        align-items: center;
        padding: 6px 0;
        border-top: 1px solid var(--divider-color);
      }
      .head {
        border: 0;
        font-size: 13px;
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      .head .icon {
        width: 16px;
  height: 16px;
        vertical-align: -3px;
        color: var(--error-color);
      }
      .name {
        line-height: 20px;
      }
      .cell {
        display: flex;
        gap: 8px;
        align-items: center;
        min-height: 40px;
        padding: 2px 8px;
        border: 2px solid transparent;
        border-radius: 10px;
        box-sizing: border-box;
      }
      .cell.bound {
        background: var(--tint);
      }
      .cell.provides {
        border-color: var(--success-color, #2e7d32);
      }
      .cell.provides.standing-in {
        border-color: var(--warning-color, #b26a00);
      }
      .cell.over {
        border-color: var(--primary-color);
        border-style: dashed;
      }
      .cell.dragged {
        opacity: 0.6;
      }
      .cell .icon {
        width: 18px;
  height: 18px;
        flex: none;
      }
      .sick .icon {
        color: var(--error-color);
      }
      .who {
        display: none;
        flex: 1;
        font-size: 13px;
        overflow-wrap: anywhere;
      }
      .value {
        flex: 1;
        min-width: 0;
        font-size: 13px;
        line-height: 18px;
        font-variant-numeric: tabular-nums;
      }
      .rank {
        display: grid;
        flex: none;
        place-items: center;
        width: 28px;
        height: 28px;
        border-radius: 50%;
        font-size: 13px;
        font-weight: 500;
        background: var(--card-background-color);
      }
      button.rank {
        cursor: grab;
        touch-action: none;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        margin-top: 12px;
        font-size: 12px;
        line-height: 18px;
        color: var(--secondary-text-color);
      }
      .box {
        display: inline-block;
        width: 10px;
        height: 10px;
        margin-inline-end: 6px;
        border: 2px solid var(--success-color, #2e7d32);
        border-radius: 4px;
      }
      .box.standing-in {
        border-color: var(--warning-color, #b26a00);
      }
      @container (max-width: 560px) {
        .row {
          display: block;
          padding: 10px 0;
        }
        .head {
          position: absolute;
          width: 1px;
          height: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }
        .name {
          font-weight: 500;
        }
        .cell.bound {
          margin-top: 6px;
        }
        .cell:not(.bound) {
          display: none;
        }
        .who {
          display: block;
        }
        .value {
          flex: none;
          max-width: 40%;
          text-align: end;
        }
      }
    `,
  ];

  #data: Features | undefined;
  #fault: string | undefined;
  #said = "";
  #entryId: string | undefined;
  #dragging: Drag | undefined;
  #hasDragged = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  static getStubConfig(hass: Hass): Partial<MinerConfig> {
    const [first] = minerDevices(hass);
    return first ? { device_id: first } : {};
  }

  static getConfigForm(): Record<string, unknown> {
    const form = configForm() as { schema: { name: string }[] };
    return { ...form, schema: form.schema.filter(({ name }) => name === "device_id") };
  }

  override getCardSize(): number {
    return 12;
  }

  override getGridOptions(): Record<string, unknown> {
    return { columns: "full", min_columns: 6, rows: "auto" };
  }

  override setConfig(config: MinerConfig): void {
    super.setConfig(config);
    this.#forget();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget();
  }

  /** New states mean new values; they are fetched, and drawn when they are there. */
  protected override isNews(before: Hass, now: Hass): boolean {
    const hasChanged = [...this.watched(now)].some(
      (id) => before.states[id] !== now.states[id],
    );
    if (hasChanged || (now.connected && !before.connected)) {
      this.#refreshSoon();
    }
    return (
      before.connected !== now.connected ||
      before.entities !== now.entities ||
      before.devices !== now.devices ||
      before.locale !== now.locale ||
      before.user !== now.user
    );
  }

  protected override shown(entities: Entities): Iterable<string> {
    return Object.values(entities);
  }

  protected override onMiners(): void {
    this.#refreshSoon();
    super.onMiners();
  }

  protected override minerCard(hass: Hass): TemplateResult {
    const { miner } = this;
    if (miner && miner.entry_id !== this.#entryId) {
      this.#entryId = miner.entry_id;
      void this.#refresh();
    }
    if (miner && !miner.loaded) {
      return this.message("warning", text(`reason.${miner.reason}`));
    }
    if (!miner || !this.#data) {
      return this.message(this.#fault ? "warning" : "info", this.#fault ?? text("message.loading"));
    }
    return html`${this.#fault ? this.message("warning", this.#fault) : nothing}
      <div
        class="content"
        role="region"
        aria-label=${`${miner.name}: ${text("matrix.title")}`}
        style="--n: ${this.#data.controllers.length}"
      >
        ${this.#table(hass, this.#data)} ${this.#legend(hass)}
        <span class="hidden" aria-live="polite">${this.#said}</span>
      </div>`;
  }

  #table(hass: Hass, data: Features): TemplateResult {
    return html`<div role="table" aria-label=${text("matrix.title")}>
      <div class="row head" role="row">
        <span role="columnheader">${text("matrix.feature")}</span>
        ${data.controllers.map(
          ({ title, available }) =>
            html`<span role="columnheader"
              >${title}
              ${available
                ? nothing
                : html`${icon(mdiLanDisconnect)}
                    <span class="hidden">${text("matrix.unavailable")}</span>`}</span
            >`,
        )}
      </div>
      ${Object.entries(data.features).map(
        ([name, feature]) =>
          html`<div class="row" role="row">
            <span class="name" role="rowheader">${featureName(name)}</span>
            ${data.controllers.map((one) => this.#cell(hass, name, feature, one))}
          </div>`,
      )}
    </div>`;
  }

  #legend(hass: Hass): TemplateResult {
    const help = hass.user?.is_admin ? "matrix.help" : "matrix.only_admins";
    return html`<div class="legend">
      <span><span class="box"></span>${text("matrix.provides")}</span>
      <span><span class="box standing-in"></span>${text("matrix.stands_in")}</span>
      <span>${text(help)}</span>
    </div>`;
  }

  #cell(
    hass: Hass,
    name: string,
    feature: Feature,
    { id, title }: Controller,
  ): TemplateResult {
    const binding = feature.ranking.find(({ controller }) => controller === id);
    if (!binding) {
      return html`<div class="cell" role="cell"></div>`;
    }
    const dragging = this.#dragging;
    const isProvider = feature.provider === title && binding.enabled && binding.healthy;
    const isDrag = dragging?.feature === name && dragging.over !== undefined;
    const classes = [
      "cell bound",
      isProvider ? "provides" : "",
      isProvider && feature.fallback ? "standing-in" : "",
      binding.enabled && !binding.healthy ? "sick" : "",
      isDrag && dragging.controller === id ? "dragged" : "",
      isDrag && dragging.over === id ? "over" : "",
    ].join(" ");
    return html`<div class=${classes} role="cell" data-feature=${name} data-controller=${id}>
      ${this.#rank(hass, name, feature, binding)}
      <span class="who">${title}</span>
      ${this.#health(feature, binding, isProvider)}
      <span class="value">${this.#value(hass, name, binding)}</span>
      ${this.#enabled(hass, name, binding)}
    </div>`;
  }

  #rank(
    hass: Hass,
    name: string,
    feature: Feature,
    binding: Binding,
  ): TemplateResult {
    const place = feature.ranking.indexOf(binding);
    const shown = binding.enabled ? String(place + 1) : "–";
    if (feature.ranking.length < 2 || !this.#mayChange(hass)) {
      return html`<span class="rank">${shown}</span>`;
    }
    return html`<button
      class="rank"
      aria-label=${text("matrix.rank", {
        controller: binding.title,
        feature: featureName(name),
        place: place + 1,
        all: feature.ranking.length,
      })}
      title=${text("matrix.rank_help")}
      @click=${() => this.#raise(name, binding.controller, place)}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event, name, binding, place)}
      @pointerdown=${(event: PointerEvent) => this.#beginDrag(event, name, binding)}
      @pointermove=${(event: PointerEvent) => this.#drag(event)}
      @pointerup=${() => this.#drop()}
      @pointercancel=${() => this.#endDrag()}
    >
      ${shown}
    </button>`;
  }

  #health(feature: Feature, binding: Binding, isProvider: boolean): TemplateResult {
    const state = isProvider
      ? feature.fallback
        ? "stands_in"
        : "provides"
      : !binding.enabled
        ? "disabled"
        : binding.healthy
          ? "ready"
          : "sick";
    return html`${state === "sick" ? icon(mdiAlertCircleOutline) : nothing}
      <span class="hidden">${text(`matrix.${state}`)}</span>`;
  }

  #value(hass: Hass, name: string, binding: Binding): string {
    const { measured, value } = binding;
    if (name === "status_monitoring" && typeof value === "string") {
      const status = [...this.watched(hass)].find(
        (id) => hass.entities[id]?.translation_key === "status",
      );
      const state = status ? hass.states[status] : undefined;
      return state ? hass.formatEntityState(state, value) : value;
    }
    const [first, ...others] = measured;
    if (!first) {
      return "";
    }
    const numbers = measured.map(([each]) => each);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const unit = first[1];
    return others.length && low !== high
      ? `${quantity(hass, low, "").trim()}–${quantity(hass, high, unit)}`
      : quantity(hass, high, unit);
  }

  #enabled(hass: Hass, name: string, binding: Binding): TemplateResult {
    const label = text("matrix.enabled", {
      controller: binding.title,
      feature: featureName(name),
    });
    return html`<button
      class="switch"
      role="switch"
      aria-checked=${binding.enabled ? "true" : "false"}
      aria-label=${label}
      title=${label}
      ?disabled=${!this.#mayChange(hass)}
      @click=${() =>
        void this.#change(name, {
          controller: binding.controller,
          enabled: !binding.enabled,
        })}
    ></button>`;
  }

  #mayChange(hass: Hass): boolean {
    return hass.connected && Boolean(hass.user?.is_admin);
  }

  // Changing the ranking

  /** Move one place up; what was dragged was not clicked. */
  #raise(feature: string, controller: string, place: number): void {
    if (!this.#hasDragged) {
      void this.#move(feature, controller, place - 1);
    }
    this.#hasDragged = false;
  }

  #onKey(event: KeyboardEvent, name: string, binding: Binding, place: number): void {
    this.#hasDragged = false;
    const step = BETTER.includes(event.key) ? -1 : WORSE.includes(event.key) ? 1 : 0;
    if (step) {
      event.preventDefault();
      void this.#move(name, binding.controller, place + step);
    }
  }

  #beginDrag(event: PointerEvent, feature: string, binding: Binding): void {
    (event.currentTarget as HTMLElement).setPointerCapture?.(event.pointerId);
    this.#hasDragged = false;
    const from: [number, number] = [event.clientX, event.clientY];
    this.#dragging = { feature, controller: binding.controller, over: undefined, from };
  }

  #drag({ clientX, clientY }: PointerEvent): void {
    const dragging = this.#dragging;
    if (!dragging) {
      return;
    }
    const [x, y] = dragging.from;
    if (dragging.over === undefined && Math.hypot(clientX - x, clientY - y) < SLACK) {
      return;
    }
    const found = (this.renderRoot as ShadowRoot).elementFromPoint(clientX, clientY);
    const cell = found?.closest<HTMLElement>(".cell.bound");
    const isInRow = cell?.dataset.feature === dragging.feature;
    dragging.over = (isInRow && cell.dataset.controller) || dragging.controller;
    this.requestUpdate();
  }

  #drop(): void {
    const dragging = this.#dragging;
    this.#endDrag();
    if (dragging?.over === undefined) {
      return;
    }
    this.#hasDragged = true;
    const ranking = this.#data?.features[dragging.feature]?.ranking ?? [];
    const place = ranking.findIndex(({ controller }) => controller === dragging.over);
    void this.#move(dragging.feature, dragging.controller, place);
  }

  #endDrag(): void {
    this.#dragging = undefined;
    this.requestUpdate();
  }

  /** Give a controller another place in the ranking of a feature. */
  async #move(feature: string, controller: string, place: number): Promise<void> {
    const before = this.#data?.features[feature]?.ranking ?? [];
    const binding = before.find((each) => each.controller === controller);
    if (!binding || place < 0 || place >= before.length || before[place] === binding) {
      return;
    }
    const ranking = before.filter((each) => each !== binding);
    ranking.splice(place, 0, binding);
    await this.#change(feature, { ranking: ranking.map((each) => each.controller) });
    this.#said = text("matrix.rank", {
      controller: binding.title,
      feature: featureName(feature),
      place: place + 1,
      all: before.length,
    });
    this.requestUpdate();
  }

  async #change(feature: string, what: Record<string, unknown>): Promise<void> {
    await this.#ask(async (hass, entryId) => {
      await hass.callWS({
        type: `${DOMAIN}/features/set`,
        config_entry_id: entryId,
        feature_type: feature,
        ...what,
      });
    });
    const fault = this.#fault;
    await this.#refresh();
    if (fault) {
      this.#fault = fault;
      this.requestUpdate();
    }
  }

  // Reading

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#entryId = undefined;
    this.#data = undefined;
    this.#fault = undefined;
  }

  #refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#refresh();
    }, REFRESH_AFTER);
  }

  async #refresh(): Promise<void> {
    await this.#ask(async (hass, entryId) => {
      const answer = await hass.callWS<Features>({
        type: `${DOMAIN}/features/get`,
        config_entry_id: entryId,
      });
      if (entryId === this.#entryId) {
        this.#data = answer;
      }
    });
  }

  /** Ask Home Assistant something, and keep in words what went wrong. */
  async #ask(
    question: (hass: Hass, entryId: string) => Promise<void>,
  ): Promise<void> {
    const { hass } = this;
    const entryId = this.#entryId;
    if (!hass?.connected || !entryId) {
      return;
    }
    try {
      await question(hass, entryId);
      this.#fault = undefined;
    } catch (error) {
      this.#fault = faultText(error);
    }
    this.requestUpdate();
  }
}

/** Return what went wrong, in words. */
function faultText(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  const known: Record<string, string> = {
    not_found: "message.removed_miner",
    not_loaded: "reason.not_loaded",
    unauthorized: "matrix.only_admins",
  };
  const key = known[code ?? ""];
  return key ? text(key) : text("message.failed", { error: message ?? String(code ?? "") });
}
