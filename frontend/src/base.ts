/** What all cards have in common: they draw only when something of theirs changed. */

import { mdiAlertOutline, mdiInformationOutline } from "@mdi/js";
import { LitElement, html, nothing, type TemplateResult } from "lit";

import { icon } from "./icon";
import { minersOf, type Miners } from "./miners";
import { hasTexts, loadTexts, text } from "./texts";
import type { Hass } from "./types";

export abstract class BaseCard extends LitElement {
  protected miners: Miners | undefined;
  #current: Hass | undefined;
  #stopListening: (() => void) | undefined;

  /** Return the entities whose states are drawn. */
  protected abstract watched(hass: Hass): Iterable<string>;

  /** Return the content of the card. */
  protected abstract card(hass: Hass): TemplateResult;

  /** Take the state of everything; this happens at every change of any entity. */
  set hass(hass: Hass) {
    const before = this.#current;
    this.#current = hass;
    if (before?.connection !== hass.connection) {
      this.#listen();
    }
    if (before?.language !== hass.language) {
      void loadTexts(hass.language)?.then(() => this.requestUpdate());
    }
    if (!before || this.isNews(before, hass)) {
      this.requestUpdate();
    }
  }

  get hass(): Hass | undefined {
    return this.#current;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** Tell whether anything that is drawn is different. */
  protected isNews(before: Hass, now: Hass): boolean {
    if (
      before.entities !== now.entities ||
      before.devices !== now.devices ||
      before.connected !== now.connected ||
      before.locale !== now.locale ||
      before.user !== now.user ||
      before.formatEntityState !== now.formatEntityState
    ) {
      return true;
    }
    if (before.states === now.states) {
      return false;
    }
    for (const id of this.watched(now)) {
      if (before.states[id] !== now.states[id]) {
        return true;
      }
    }
    return false;
  }

  /** Draw again because the miners changed, if that concerns this card. */
  protected onMiners(): void {
    this.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    const hass = this.#current;
    if (!hass || !hasTexts()) {
      return nothing;
    }
    return html`<ha-card>
      ${hass.connected ? nothing : this.message("warning", text("message.disconnected"))}
      ${this.card(hass)}
    </ha-card>`;
  }

  /** Return a plain message. */
  protected message(kind: "warning" | "info", message: string): TemplateResult {
    return html`<div class="message ${kind}" role="status">
      ${icon(kind === "warning" ? mdiAlertOutline : mdiInformationOutline)}<span>${message}</span>
    </div>`;
  }

  /** Show everything that Home Assistant knows of an entity. */
  protected moreInfo(entityId: string): void {
    this.fire("hass-more-info", { entityId });
  }

  /** Tell Home Assistant's frontend something. */
  protected fire(type: string, detail: Record<string, unknown> = {}): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  /** Go to another page of the frontend. */
  protected navigate(path: string): void {
    history.pushState(null, "", path);
    window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
  }

  #listen(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    if (this.#current && this.isConnected) {
      this.miners = minersOf(this.#current.connection);
      this.#stopListening = this.miners.listen(() => this.onMiners());
    }
  }
}
