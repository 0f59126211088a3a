import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { listed, number } from "../src/format";
import { MinersStrategy } from "../src/strategy";
import { fittingLanguage, loadTexts, text, textOr } from "../src/texts";
import { DEVICE, world, type World } from "./hass";

let made: World;

beforeAll(async () => {
  await import("../src/main");
});

beforeEach(async () => {
  made = await world();
});

const CONFIG = { type: "custom:miner-control" };

describe("the dashboard", () => {
  it("has a page of all miners, and one for each", async () => {
    const { views } = (await MinersStrategy.generate(CONFIG, made.hass)) as any;
    expect(views.map(({ path }: any) => path)).toEqual(["miners", `miner-${DEVICE}`]);
    const [totals, cards, charts] = views[0].sections;
    expect(totals.cards[0].type).toBe("custom:miner-control-totals-card");
    expect(cards.cards[0]).toMatchObject({ device_id: DEVICE, navigation_path: `miner-${DEVICE}` });
    expect(charts.cards.slice(1).map(({ title }: any) => title)).toEqual([
      "Hashrate",
      "Power",
      "Temperature",
      "Status",
    ]);
    expect(JSON.stringify(views[1])).toContain("custom:miner-control-matrix-card");
    expect(JSON.stringify(views[1])).not.toContain("Lamp");
  });

  it("is there without miners", async () => {
    const hass = { ...made.hass, entities: {} };
    const { views } = (await MinersStrategy.generate(CONFIG, hass)) as any;
    expect(views).toHaveLength(1);
    expect(views[0].sections).toHaveLength(1);
  });

  it("puts no more lines into a chart than can be told apart", async () => {
    const entities = { ...made.hass.entities };
    const devices = { ...made.hass.devices };
    for (let n = 0; n < 24; n++) {
      devices[`d${n}`] = { id: `d${n}`, name: `Miner ${n}` };
      for (const key of ["status", "power"]) {
        const entity_id = `sensor.m${n}_${key}`;
        entities[entity_id] = {
          entity_id,
          device_id: `d${n}`,
          platform: "miner_control",
          translation_key: key,
        };
      }
    }
    const hass = { ...made.hass, entities, devices };
    const config = { ...CONFIG, hours_to_show: 2 };
    const { views } = (await MinersStrategy.generate(config, hass)) as any;
    const power = views[0].sections[2].cards.filter(({ title }: any) => title === "Power");
    expect(power.map((chart: any) => chart.entities.length)).toEqual([10, 10, 5]);
    expect(power[0].hours_to_show).toBe(2);
    expect(power[0].entities[2].name).toBe("Miner 2");
  });

  it("suggests what it is called", async () => {
    expect(await MinersStrategy.getCreateSuggestions(made.hass)).toEqual({
      title: "Miners",
      icon: "mdi:pickaxe",
    });
  });
});

describe("texts and numbers", () => {
  it.each([
    ["de", "de"],
    ["de-CH", "de"],
    ["pt", "pt-BR"],
    ["en-GB", "en"],
    ["he", "en"],
  ])("fit the language %s", (wanted, fitting) => {
    expect(fittingLanguage(wanted)).toBe(fitting);
  });

  it("fall back to English, and to a key in words", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: URL) => {
      asked.push(url.pathname.split("/").pop() ?? "");
      return { ok: asked.length > 1, json: async () => ({ hello: "Hello {name}" }) };
    });
    await loadTexts("fr");
    expect(asked).toEqual(["fr.json", "en.json"]);
    expect(text("hello", { name: "you" })).toBe("Hello you");
    expect(text("hello")).toBe("Hello ");
    expect(text("nobody")).toBe("");
    expect(textOr("nobody", "somebody")).toBe("somebody");
  });

  it("are written as the user writes them", () => {
    const written = (format: string, value: number) =>
      number({ ...made.hass, locale: { language: "en", number_format: format } }, value);
    expect(written("language", 3250.4)).toBe("3,250");
    expect(written("decimal_comma", 31.234)).toBe("31,23");
    expect(written("none", 12345)).toBe("12345");
    expect(written("quote_decimal", 123.44)).toBe("123.4");
    expect(listed(made.hass, ["a", "b"])).toBe("a, b");
  });
});
