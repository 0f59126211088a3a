import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { MINER_CARD, configForm, suggestion } from "../src/miner-card";
import { TOTALS_CARD } from "../src/totals-card";
import {
  DEVICE,
  miner,
  part,
  settle,
  show,
  textOf,
  withEntity,
  withState,
  world,
  type World,
} from "./hass";

let made: World;

beforeAll(async () => {
  await import("../src/main");
});

beforeEach(async () => {
  made = await world();
});

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

const HEATS = {
  entity_id: "climate.s19_thermostat",
  state: "heat",
  attributes: { temperature: 20 },
};

describe("the card of a miner", () => {
  it("says what the miner does, measures and is provided by", async () => {
    const card = await show(MINER_CARD, made.hass);
    made.tell({ entry: miner() });
    await settle(card);
    const said = textOf(card);
    expect(said).toContain("S19 Mining");
    expect(said).toContain("104.2 TH/s");
    expect(said).toContain("3250 W");
    expect(said).toContain("Temperature –");
    expect(said).toContain("Plug Power");
    expect(part(card, ".fallback").textContent).toContain("Power supply");
  });

  it.each([
    [{ reason: "power_off", status: "off" }, "Off: its power is switched off"],
    [{ degraded: { power_monitoring: "Plug" } }, "Mining, partly on a fallback"],
    [{ degraded: { power_monitoring: null } }, "Mining, but something is not available"],
    [{ reason: "error", status: "error" }, "but is not (Fan 1 failed)"],
    [{ loaded: false, status: null, reason: "not_loaded" }, "Not set up"],
  ])("says why: %o", async (different, sentence) => {
    const card = await show(MINER_CARD, made.hass);
    made.tell({ entry: miner(different) });
    await settle(card);
    expect(textOf(card)).toContain(sentence);
  });

  it.each([
    [{}, "Choose a miner for this card."],
    [{ device_id: "gone" }, "This miner has been removed."],
    [{ device_id: "lamp" }, "Lamp is not a miner of Miner Control."],
    [{ entity: "sensor.nobody" }, "There is no entity sensor.nobody."],
    [{ entity: "sensor.other" }, "sensor.other is not a miner of Miner Control."],
    [{ entity: "sensor.s19_power" }, "104.2 TH/s"],
  ])("says what it is about: %o", async (config, message) => {
    expect(textOf(await show(MINER_CARD, made.hass, config))).toContain(message);
  });

  it("refuses a configuration that is none", async () => {
    const card = await show(MINER_CARD, made.hass);
    expect(() => card.setConfig(null as never)).toThrow();
  });

  it("says that the connection is lost, and lets nothing be pressed", async () => {
    const card = await show(MINER_CARD, made.hass);
    card.hass = { ...made.hass, connected: false };
    await settle(card);
    expect(textOf(card)).toContain("No connection to Home Assistant.");
    expect(part<HTMLButtonElement>(card, ".switch").disabled).toBe(true);
  });

  it("draws only when something of its own has changed", async () => {
    const card = await show(MINER_CARD, made.hass);
    const draw = vi.spyOn(card as never as { render(): unknown }, "render");
    card.hass = withState(made.hass, "sensor.other", "2");
    await settle(card);
    expect(draw).not.toHaveBeenCalled();
    made.tell({ another: miner({ entry_id: "another", device_id: "another" }) });
    await settle(card);
    expect(draw).not.toHaveBeenCalled();
    card.hass = withState(made.hass, "sensor.s19_power", "3000");
    await settle(card);
    expect(draw).toHaveBeenCalledOnce();
    expect(textOf(card)).toContain("3000 W");
  });

  it("switches, chooses and sets", async () => {
    const card = await show(MINER_CARD, made.hass);
    part(card, ".switch").click();
    const select = part<HTMLSelectElement>(card, "select");
    select.value = "low";
    select.dispatchEvent(new Event("change"));
    const slider = part<HTMLInputElement>(card, "input");
    slider.value = "2000";
    slider.dispatchEvent(new Event("input"));
    await settle(card);
    expect(part(card, "output").textContent).toContain("2000");
    slider.dispatchEvent(new Event("change"));
    await settle(card);
    expect(made.calls).toEqual([
      ["switch", "turn_off", { entity_id: "switch.s19_mining" }],
      ["select", "select_option", { entity_id: "select.s19_preset", option: "low" }],
      ["number", "set_value", { entity_id: "number.s19_power_limit", value: 2000 }],
    ]);
  });

  it("can be used again after something has failed", async () => {
    made.hass.callService = async () => Promise.reject(new Error("no"));
    const card = await show(MINER_CARD, made.hass);
    part(card, ".switch").click();
    await settle(card);
    expect(part<HTMLButtonElement>(card, ".switch").disabled).toBe(false);
  });

  it("opens what is behind it", async () => {
    const asked: unknown[] = [];
    document.body.addEventListener("hass-more-info", (event) =>
      asked.push((event as CustomEvent).detail.entityId),
    );
    const card = await show(MINER_CARD, made.hass);
    part(card, ".title").click();
    part(card, ".reading").click();
    expect(asked).toEqual(["sensor.s19_status", "sensor.s19_hashrate"]);
    const moved = vi.fn();
    window.addEventListener("location-changed", moved);
    const config = { device_id: DEVICE, navigation_path: "#page" };
    const other = await show(MINER_CARD, made.hass, config);
    part(other, ".title").click();
    expect(moved).toHaveBeenCalledOnce();
  });

  it("shows the thermostat of a miner that heats as a tile of Home Assistant", async () => {
    const createCardElement = vi.fn(() => document.createElement("div"));
    vi.stubGlobal("loadCardHelpers", async () => ({ createCardElement }));
    const hass = withEntity(made.hass, HEATS);
    const card = await show(MINER_CARD, hass);
    expect(createCardElement.mock.calls).toEqual([
      [
        expect.objectContaining({
          type: "tile",
          entity: HEATS.entity_id,
          features: [{ type: "target-temperature" }, { type: "climate-hvac-modes" }],
        }),
      ],
    ]);
    const tile = part<HTMLElement & { hass?: unknown }>(card, ".thermostat > div");
    expect(tile.hass).toBe(hass);
    card.hass = withState(hass, HEATS.entity_id, "off");
    await settle(card);
    expect(tile.hass).toBe(card.hass);
    expect(createCardElement).toHaveBeenCalledOnce();
    card.hass = made.hass;
    await settle(card);
    expect(card.shadowRoot?.querySelector(".thermostat")).toBeNull();
  });

  it("makes lists and tiles when it comes into sight, where browsers tell that", async () => {
    const createCardElement = () => document.createElement("div");
    vi.stubGlobal("loadCardHelpers", async () => ({ createCardElement }));
    const told = "oncontentvisibilityautostatechange";
    Object.defineProperty(HTMLElement.prototype, told, { value: null, configurable: true });
    try {
      const card = await show(MINER_CARD, withEntity(made.hass, HEATS));
      const [list, tile] = ["select", ".thermostat > div"];
      for (const skipped of [true, false]) {
        expect(card.shadowRoot?.querySelector(list)).toBeNull();
        expect(card.shadowRoot?.querySelector(tile)).toBeNull();
        expect(textOf(card)).toContain("Preset normal");
        const event = new Event(told.slice(2));
        card.dispatchEvent(Object.assign(event, { skipped }));
        await settle(card);
      }
      expect(part<HTMLSelectElement>(card, list).value).toBe("normal");
      expect(part(card, tile)).toBeTruthy();
    } finally {
      delete (HTMLElement.prototype as never as Record<string, unknown>)[told];
    }
  });

  it("asks again for a tile that could not be loaded", async () => {
    const createCardElement = () => document.createElement("div");
    const load = vi.fn().mockRejectedValueOnce(new Error("no connection"));
    vi.stubGlobal("loadCardHelpers", load.mockResolvedValue({ createCardElement }));
    const hass = withEntity(made.hass, HEATS);
    const card = await show(MINER_CARD, hass);
    expect(part(card, ".thermostat").children).toHaveLength(0);
    card.hass = withState(hass, "sensor.s19_power", "3000");
    await settle(card);
    expect(part(card, ".thermostat").children).toHaveLength(1);
  });

  it("stops listening when it is gone", async () => {
    const card = await show(MINER_CARD, made.hass);
    card.remove();
    await new Promise((done) => setTimeout(done, 5));
    made.tell({ entry: miner({ reason: "power_off" }) });
    document.body.append(card);
    await settle(card);
    expect(textOf(card)).not.toContain("Off:");
  });

  it("is offered for entities of a miner alone", () => {
    expect(suggestion(made.hass, "sensor.s19_power", MINER_CARD, "miner")).toEqual({
      config: { type: `custom:${MINER_CARD}`, device_id: DEVICE },
    });
    expect(suggestion(made.hass, "sensor.other", MINER_CARD, "miner")).toBeNull();
  });

  it("is configured in words", () => {
    const form = configForm() as never as {
      schema: { name: string }[];
      computeLabel(one: { name: string }): string;
      computeHelper(one: { name: string }): string;
    };
    for (const one of form.schema) {
      expect(form.computeLabel(one)).not.toBe("");
      expect(form.computeHelper(one)).not.toBe("");
    }
  });
});

describe("the card of all miners", () => {
  it("adds up, and names who needs somebody", async () => {
    const card = await show(TOTALS_CARD, made.hass);
    made.tell({ entry: miner({ degraded: { power_monitoring: "Plug", energy_monitoring: null } }) });
    await settle(card);
    const said = textOf(card);
    expect(said).toContain("1 of 1");
    expect(said).toContain("104.2\u00a0TH/s".replace("\u00a0", " "));
    expect(said).toContain("3,250 W");
    expect(said).toContain("31.19 J/TH");
    expect(said).toContain("Plug is the fallback for: Power");
    expect(said).toContain("Not available: Energy");
  });

  it("takes no efficiency from a miner that tells only its power", async () => {
    const hass = withState(made.hass, "sensor.s19_hashrate", "unavailable");
    const card = await show(TOTALS_CARD, hass);
    expect(textOf(card)).toContain("3,250 W");
    expect(textOf(card)).not.toContain("J/TH");
  });

  it("says that there is nobody", async () => {
    const card = await show(TOTALS_CARD, { ...made.hass, entities: {} });
    expect(textOf(card)).toContain("There are no miners yet.");
  });

  it("is calm about a miner that is off", async () => {
    const card = await show(TOTALS_CARD, made.hass);
    made.tell({ entry: miner({ status: "off", reason: "power_off" }) });
    await settle(card);
    expect(card.shadowRoot?.querySelector("li")).toBeNull();
  });

  it("is not calm about a fault", async () => {
    const card = await show(TOTALS_CARD, made.hass);
    made.tell({ entry: miner({ status: "error", reason: "error" }) });
    await settle(card);
    expect(part(card, "li.bad").textContent).toContain("should be mining");
  });
});

describe("what is registered", () => {
  it("has names, forms and sizes", () => {
    const { customCards, customStrategies } = window as never as Record<string, any[]>;
    expect(customCards?.map(({ name }) => name)).toEqual([
      "Miner",
      "Miner: controllers",
      "Fleet",
      "Miners: totals",
    ]);
    expect(customCards?.every(({ description }) => description)).toBe(true);
    expect(customStrategies?.[0]).toMatchObject({ name: "Miners", strategyType: "dashboard" });
    for (const { type } of customCards ?? []) {
      const element = customElements.get(type) as any;
      expect(element.getConfigForm().schema).toBeInstanceOf(Array);
      expect(element.getStubConfig(made.hass)).toBeTypeOf("object");
      expect(new element().getCardSize()).toBeGreaterThan(0);
      expect(new element().getGridOptions().rows).toBe("auto");
    }
  });
});
