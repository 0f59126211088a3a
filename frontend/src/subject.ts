/** What the cards of one miner have in common: which miner, and what if there is none. */

import { html, nothing, type TemplateResult } from "lit";

import { BaseCard } from "./base";
import { subjectOf, type Entities, type Kind, type Subject } from "./miners";
import { text } from "./texts";
import type { Hass, HassEntity, Miner, MinerConfig } from "./types";

/** States that say nothing. */
export const SILENT = ["unavailable", "unknown"];

export abstract class MinerCardBase extends BaseCard {
  /** What the card is about. */
  protected readonly kind: Kind = "miner";
  /** Whether it is worth what browsers take for a list, and Home Assistant for a tile. */
  protected isSeen = true;
  protected config: MinerConfig | undefined;
  readonly #pending = new Set<string>();
  #drawnMiner: Miner | undefined;

  /** Take what the user configured. */
  setConfig(config: MinerConfig): void {
    if (!config || typeof config !== "object") {
      throw new Error("The configuration of this card is not an object");
    }
    this.config = config;
    this.requestUpdate();
  }

  getCardSize(): number {
    return 6;
  }

  getGridOptions(): Record<string, unknown> {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  #subject(hass: Hass): Subject {
    return subjectOf(hass, this.config ?? { type: "" }, this.kind);
  }

  /** Return the content of a card about a miner that there is. */
  protected abstract minerCard(
    hass: Hass,
    deviceId: string,
    entities: Entities,
  ): TemplateResult;

  protected override card(hass: Hass): TemplateResult {
    const subject = this.#subject(hass);
    if ("fault" in subject) {
      return this.message("warning", text(subject.fault, { name: subject.name }));
    }
    this.#drawnMiner = this.miners?.of(subject.deviceId);
    return this.minerCard(hass, subject.deviceId, subject.entities);
  }

  /** Return the miner as Home Assistant tells of it; undefined until it has. */
  protected get miner(): Miner | undefined {
    return this.#drawnMiner;
  }

  protected override watched(hass: Hass): Iterable<string> {
    const subject = this.#subject(hass);
    return "entities" in subject ? this.shown(subject.entities) : [];
  }

  /** Return which of a miner's entities are drawn. */
  protected abstract shown(entities: Entities): Iterable<string>;

  protected override onMiners(): void {
    const subject = this.hass && this.#subject(this.hass);
    const now =
      subject && "deviceId" in subject ? this.miners?.of(subject.deviceId) : undefined;
    if (now !== this.#drawnMiner) {
      this.requestUpdate();
    }
  }

  /** Show what there is behind the card: its page of the dashboard, or the status. */
  protected open(status: string): void {
    const path = this.config?.navigation_path;
    if (path) {
      this.navigate(path);
    } else {
      this.moreInfo(status);
    }
  }

  /** Return a line that chooses among the options of a select. */
  protected choice(
    hass: Hass,
    id: string | undefined,
    name: string,
  ): TemplateResult | typeof nothing {
    const state = this.state(hass, id);
    const options = state?.attributes.options;
    if (!id || !state || !Array.isArray(options)) {
      return nothing;
    }
    if (!this.isSeen) {
      const chosen = SILENT.includes(state.state) ? "–" : hass.formatEntityState(state);
      return html`<div class="control">
        <span class="name">${name}</span>
        <span class="box">${chosen}</span>
      </div>`;
    }
    return html`<label class="control">
      <span class="name">${name}</span>
      <select
        aria-label=${name}
        ?disabled=${this.isBusy(hass, id, state)}
        @change=${(event: Event) =>
          void this.act(id, "select", "select_option", {
            option: (event.target as HTMLSelectElement).value,
          })}
      >
        ${SILENT.includes(state.state)
          ? html`<option value="" selected disabled>–</option>`
          : nothing}
        ${options.map(
          (option: string) =>
            html`<option value=${option} .selected=${option === state.state}>
              ${hass.formatEntityState(state, option)}
            </option>`,
        )}
      </select>
    </label>`;
  }

  protected state(hass: Hass, id: string | undefined): HassEntity | undefined {
    return id ? hass.states[id] : undefined;
  }

  /** Tell whether something cannot be used now. */
  protected isBusy(hass: Hass, id: string, state: HassEntity): boolean {
    return !hass.connected || this.#pending.has(id) || state.state === "unavailable";
  }

  /** Have something done; Home Assistant itself shows why it failed. */
  protected async act(
    id: string,
    domain: string,
    service: string,
    data: Record<string, unknown> = {},
  ): Promise<void> {
    this.#pending.add(id);
    this.requestUpdate();
    try {
      await this.hass?.callService(domain, service, { entity_id: id, ...data });
    } catch {
      // What is shown is what is so.
    } finally {
      this.#pending.delete(id);
      this.requestUpdate();
    }
  }
}
