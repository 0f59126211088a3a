/** Numbers and names as the user reads them. */

import { textOr } from "./texts";
import type { Hass } from "./types";

const LOCALES: Record<string, string[] | undefined> = {
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
  system: undefined,
};

/** Return a number with at most four digits that count, as the user writes it. */
export function number(hass: Hass, value: number): string {
  const format = hass.locale.number_format ?? "language";
  const locales = format in LOCALES ? LOCALES[format] : hass.locale.language;
  const size = Math.abs(value);
  const digits = size >= 1000 || Number.isInteger(value) ? 0 : size >= 100 ? 1 : 2;
  return new Intl.NumberFormat(locales, {
    maximumFractionDigits: digits,
    useGrouping: format !== "none",
  }).format(value);
}

/** Return the value of an entity that is a number, or undefined. */
export function valueOf(hass: Hass, entityId: string | undefined): number | undefined {
  const state = entityId ? hass.states[entityId]?.state : undefined;
  const value = state ? Number(state) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Return a number with its unit; the space between them does not break. */
export function quantity(hass: Hass, value: number, unit: string): string {
  return `${number(hass, value)}\u00a0${unit}`;
}

/** Return what a feature is called. */
export function featureName(feature: string): string {
  return textOr(`feature.${feature}`, feature.replaceAll("_", " "));
}

const lists = new Map<string, Intl.ListFormat>();

/** Join names as the user's language does. */
export function listed(hass: Hass, names: string[]): string {
  const { language } = hass.locale;
  const format =
    lists.get(language) ??
    new Intl.ListFormat(language, { type: "unit", style: "short" });
  lists.set(language, format);
  return format.format(names);
}
