import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { FLEET_CARD } from "../src/fleet-card";
import { suggestion } from "../src/miner-card";
import { MinersStrategy } from "../src/strategy";
import type { Hass } from "../src/types";
import { part, settle, show, textOf, world, type World } from "./hass";

const FLEET = "fleet";
const CARD = { device_id: FLEET };
const STATES: Record<string, [string, Record<string, unknown>]> = {
  "sensor.farm_decision": [
    "within_budget",
    {
      reason: "4500 W are given out of a budget of 5000 W.",
      members: [
        { miner: "S19", watts: 3000, power: 2980, reason: "It gets what it can use." },
        { miner: "Attic", watts: 1500, power: null, reason: null, failure: "No answer." },
        { miner: "Shed", watts: 0, power: 0, reason: "Too little is left.", failure: null },
      ],
    },
  ],
  "sensor.farm_available_power": ["5000", {}],
  "number.farm_power_budget": ["5000", { min: 0, max: 9000, unit_of_measurement: "W" }],
  "select.farm_mode": ["budget", { options: ["off", "observe", "budget"] }],
  "button.farm_emergency_stop": ["unknown", {}],
  "button.farm_reset_emergency_stop": ["unknown", {}],
  "binary_sensor.farm_emergency_stop": ["off", {}],
  "binary_sensor.farm_over_limit": ["off", {}],
};

let made: World;

beforeAll(async () => {
  await import("../src/main");
});

beforeEach(async () => {
  made = await world();
  const { states, entities, devices } = made.hass;
  for (const [entity_id, [state, attributes]] of Object.entries(STATES)) {
    states[entity_id] = { entity_id, state, attributes };
    entities[entity_id] = {
      entity_id,
      device_id: FLEET,
      platform: "miner_control",
      translation_key: entity_id.split("farm_")[1] ?? "",
    };
  }
  devices[FLEET] = { id: FLEET, name: "Farm" };
});

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

/** Return a Home Assistant in which an entity has another state. */
function changed(id: string, state: string, attributes?: Record<string, unknown>): Hass {
  const before = made.hass.states[id];
  const after = { entity_id: id, state, attributes: attributes ?? before?.attributes ?? {} };
  return { ...made.hass, states: { ...made.hass.states, [id]: after } };
}

function stopped(): Hass {
  return changed("binary_sensor.farm_emergency_stop", "on", {
    since: "2026-11-29T10:00:00+00:00",
    miners: [
      { miner: "S19", outcome: "stopped", reason: null },
      { miner: "Attic", outcome: "failed", reason: "No answer." },
    ],
  });
}

/** Press a button for some time, by pointer or key. */
async function hold(card: HTMLElement, how: "pointer" | "key", time: number): Promise<void> {
  const button = part<HTMLButtonElement>(card, ".hold");
  vi.useFakeTimers();
  button.dispatchEvent(
    how === "key"
      ? new KeyboardEvent("keydown", { key: "Enter" })
      : new PointerEvent("pointerdown", { button: 0 }),
  );
  vi.advanceTimersByTime(time);
  button.dispatchEvent(how === "key" ? new KeyboardEvent("keyup") : new Event("pointerup"));
  if (how === "pointer") {
    button.click();
  }
  vi.useRealTimers();
  await settle(card as never);
}

const STOP = ["button", "press", { entity_id: "button.farm_emergency_stop" }];

describe("the card of a fleet", () => {
  it("says what is decided, and who gets how much and why", async () => {
    const card = await show(FLEET_CARD, made.hass, CARD);
    const said = textOf(card);
    expect(said).toContain("Farm 4500 W are given out of a budget of 5000 W.");
    expect(said).toContain("4,500\u00a0W given out, of 5,000\u00a0W".replaceAll("\u00a0", " "));
    expect(said).toContain("S19 2,980 W of 3,000 W It gets what it can use.");
    expect(said).toContain("Attic – of 1,500 W No answer.");
    const shares = [...(card.shadowRoot?.querySelectorAll<HTMLElement>(".share") ?? [])];
    expect(shares.map((share) => share.style.width)).toEqual(["60%", "30%"]);
  });

  it("knows of no limit, and of no decision", async () => {
    const card = await show(
      FLEET_CARD,
      changed("sensor.farm_available_power", "unknown"),
      CARD,
    );
    expect(textOf(card)).toContain("given out, no limit");
    card.hass = changed("sensor.farm_decision", "unavailable", {});
    await settle(card);
    expect(textOf(card)).toContain("No decision yet");
    expect(card.shadowRoot?.querySelector(".bar")).toBeNull();
  });

  it("says which circuit is overloaded", async () => {
    const hass = changed("binary_sensor.farm_over_limit", "on", { circuits: ["Garage"] });
    const card = await show(FLEET_CARD, hass, CARD);
    expect(part(card, ".note").textContent).toContain("Overloaded: Garage");
  });

  it("sets the mode and the budget", async () => {
    const card = await show(FLEET_CARD, made.hass, CARD);
    const select = part<HTMLSelectElement>(card, "select");
    select.value = "off";
    select.dispatchEvent(new Event("change"));
    await settle(card);
    const input = part<HTMLInputElement>(card, "input");
    input.value = "4000";
    input.dispatchEvent(new Event("change"));
    await settle(card);
    expect(made.calls).toEqual([
      ["select", "select_option", { entity_id: "select.farm_mode", option: "off" }],
      ["number", "set_value", { entity_id: "number.farm_power_budget", value: 4000 }],
    ]);
  });

  it.each(["pointer", "key"] as const)("stops all when held: %s", async (how) => {
    const card = await show(FLEET_CARD, made.hass, CARD);
    await hold(card, how, 1000);
    expect(made.calls).toEqual([]);
    await hold(card, how, 1600);
    expect(made.calls).toEqual([STOP]);
  });

  it("stops all on a second click of somebody who cannot hold", async () => {
    const card = await show(FLEET_CARD, made.hass, CARD);
    const button = part<HTMLButtonElement>(card, ".hold");
    button.click();
    await settle(card);
    expect(button.textContent).toContain("Press again");
    expect(made.calls).toEqual([]);
    button.click();
    await settle(card);
    expect(made.calls).toEqual([STOP]);
  });

  it("says what became of the miners, and lets them mine again", async () => {
    const card = await show(FLEET_CARD, stopped(), CARD);
    expect(part(card, ".note").textContent?.replace(/\s+/g, " ")).toContain(
      "S19: Stopped Attic: Not known to have stopped (No answer.)",
    );
    await hold(card, "pointer", 1600);
    expect(made.calls).toEqual([
      ["button", "press", { entity_id: "button.farm_reset_emergency_stop" }],
    ]);
  });

  it("lets nothing be pressed without a connection", async () => {
    const card = await show(FLEET_CARD, { ...made.hass, connected: false }, CARD);
    expect(textOf(card)).toContain("No connection to Home Assistant.");
    expect(part<HTMLButtonElement>(card, ".hold").disabled).toBe(true);
  });

  it.each([
    [{}, "Choose a fleet for this card."],
    [{ device_id: "gone" }, "This fleet has been removed."],
    [{ device_id: "device" }, "S19 is not a fleet of Miner Control."],
    [{ entity: "sensor.nobody" }, "There is no entity sensor.nobody."],
    [{ entity: "number.farm_power_budget" }, "Farm 4500 W"],
  ])("says what it is about: %o", async (config, message) => {
    expect(textOf(await show(FLEET_CARD, made.hass, config))).toContain(message);
  });

  it("is offered for entities of a fleet, and shown on the dashboard", async () => {
    const config = { type: `custom:${FLEET_CARD}`, device_id: FLEET };
    expect(suggestion(made.hass, "select.farm_mode", FLEET_CARD, "fleet")).toEqual({ config });
    expect(suggestion(made.hass, "sensor.s19_power", FLEET_CARD, "fleet")).toBeNull();
    const { views } = (await MinersStrategy.generate(
      { type: "custom:miner-control" },
      made.hass,
    )) as { views: { sections: { cards: unknown[] }[] }[] };
    expect(views[0]?.sections[0]?.cards[1]).toEqual(config);
    expect(views).toHaveLength(2);
  });
});
