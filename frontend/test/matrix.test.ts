import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { MATRIX_CARD } from "../src/matrix-card";
import { features, miner, part, settle, show, textOf, withState, world, type World } from "./hass";

let made: World;

beforeAll(async () => {
  await import("../src/main");
});

beforeEach(async () => {
  made = await world();
});

afterEach(() => {
  document.body.replaceChildren();
});

async function shown(): ReturnType<typeof show> {
  const card = await show(MATRIX_CARD, made.hass);
  made.tell({ entry: miner() });
  await settle(card);
  return card;
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 1100));
}

function changes(): Record<string, unknown>[] {
  return made.asked
    .filter(({ type }) => type === "miner_control/features/set")
    .map(({ type: _, config_entry_id: __, ...rest }) => rest);
}

describe("the ranking of a miner", () => {
  it("shows who could provide what, and who does", async () => {
    const said = textOf(await shown());
    expect(said).toContain("3,250 W");
    expect(said).toContain("Cannot provide it now");
    expect(said).toContain("Provides it now, as a fallback");
    expect(said).toContain("4,000–4,100 rpm");
    expect(said).toContain("Plug Not available");
    expect(said).toContain("on");
  });

  it.each([
    ["ArrowDown", ["s19", "plug"]],
    ["ArrowRight", ["s19", "plug"]],
    ["ArrowUp", undefined],
    ["a", undefined],
  ])("is changed by the key %s", async (key, ranking) => {
    const card = await shown();
    part(card, "button.rank").dispatchEvent(new KeyboardEvent("keydown", { key }));
    await settle(card);
    const expected = ranking && [{ feature_type: "power_monitoring", ranking }];
    expect(changes()).toEqual(expected ?? []);
  });

  it("is changed by a click, and said aloud", async () => {
    const card = await shown();
    card.shadowRoot?.querySelectorAll<HTMLElement>("button.rank")[1]?.click();
    await settle(card);
    expect(changes()).toHaveLength(1);
    expect(part(card, "[aria-live]").textContent).toContain("S19 is number 1 of 2");
  });

  it("is changed by dragging, which is no click", async () => {
    const card = await shown();
    const [plug, asic] = card.shadowRoot!.querySelectorAll<HTMLElement>("button.rank");
    const root = card.shadowRoot as never as { elementFromPoint(): unknown };
    root.elementFromPoint = () => plug;
    const at = (type: string, x: number) =>
      asic!.dispatchEvent(new PointerEvent(type, { clientX: x, clientY: 0 }));
    at("pointerdown", 0);
    at("pointermove", 3);
    at("pointermove", 30);
    await settle(card);
    expect(part(card, ".over").dataset.controller).toBe("plug");
    at("pointerup", 30);
    asic!.click();
    await settle(card);
    expect(changes()).toEqual([
      { feature_type: "power_monitoring", ranking: ["s19", "plug"] },
    ]);
    at("pointerdown", 0);
    at("pointercancel", 0);
    at("pointermove", 50);
    at("pointerup", 50);
    expect(changes()).toHaveLength(1);
  });

  it("lets a controller be disabled", async () => {
    const card = await shown();
    part(card, ".switch").click();
    await settle(card);
    expect(changes()).toEqual([
      { feature_type: "power_monitoring", controller: "plug", enabled: false },
    ]);
  });

  it("is only read by others than administrators", async () => {
    made.hass = { ...made.hass, user: { is_admin: false } };
    const card = await shown();
    expect(textOf(card)).toContain("Only administrators can change this.");
    expect(card.shadowRoot?.querySelector("button.rank")).toBeNull();
    expect(part<HTMLButtonElement>(card, ".switch").disabled).toBe(true);
  });

  it.each([
    [{ code: "unauthorized" }, "Only administrators can change this."],
    [{ code: "not_found" }, "This miner has been removed."],
    [{ code: "odd", message: "It rains" }, "Home Assistant reports an error: It rains"],
    ["odd", "Home Assistant reports an error"],
  ])("says what went wrong: %o", async (error, message) => {
    made.answer = ({ type }) => {
      if (type === "miner_control/features/set") {
        throw error;
      }
      return features();
    };
    const card = await shown();
    part(card, ".switch").click();
    await settle(card);
    expect(textOf(card)).toContain(message);
    expect(textOf(card)).toContain("3,250 W");
  });

  it("says why it shows nothing", async () => {
    made.answer = () => {
      throw { code: "not_loaded" };
    };
    const card = await shown();
    expect(textOf(card)).toContain("Not set up");
    made.tell({ entry: miner({ loaded: false, reason: "disabled", status: null }) });
    await settle(card);
    expect(textOf(card)).toContain("Disabled in Home Assistant");
  });

  it("waits for Home Assistant in words", async () => {
    expect(textOf(await show(MATRIX_CARD, made.hass))).toContain("Loading…");
  });

  it("reads again when a state of the miner has changed, once a second", async () => {
    const card = await shown();
    // What is due since it was shown comes first.
    await pause();
    const before = made.asked.length;
    card.hass = withState(made.hass, "sensor.s19_power", "1");
    card.hass = withState(made.hass, "sensor.s19_power", "2");
    card.hass = withState(card.hass, "sensor.other", "2");
    await pause();
    expect(made.asked).toHaveLength(before + 1);
  });
});
