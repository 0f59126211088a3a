/** Which miners there are, shared by all cards of a page. */

import type { Connection, Hass, Miner, MinerConfig, RegistryEntity } from "./types";

export const DOMAIN = "miner_control";

/** The entities of a device by domain and key, such as `sensor.hashrate`. */
export type Entities = Record<string, string>;

type Listener = () => void;

/** All miners, followed while any card listens. */
export class Miners {
  readonly #connection: Connection;
  /** By the id of their entry. */
  readonly #all = new Map<string, Miner>();
  readonly #byDevice = new Map<string | null, Miner>();
  readonly #listeners = new Set<Listener>();
  #unsubscribe: Promise<(() => unknown) | undefined> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Call a listener whenever a miner changes; returns what ends that. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#unsubscribe ??= this.#connection
      .subscribeMessage<{ miners: Record<string, Miner | null> }>(
        ({ miners }) => this.#take(miners),
        { type: `${DOMAIN}/miners/subscribe` },
      )
      .catch(() => (this.#unsubscribe = undefined));
    return () => {
      this.#listeners.delete(listener);
      // A card that is moved listens again at once.
      setTimeout(() => this.#listeners.size === 0 && this.#stop());
    };
  }

  /** Return the miner of a device; undefined until Home Assistant has told of it. */
  of(deviceId: string): Miner | undefined {
    return this.#byDevice.get(deviceId);
  }

  #take(miners: Record<string, Miner | null>): void {
    for (const [id, miner] of Object.entries(miners)) {
      this.#byDevice.delete(this.#all.get(id)?.device_id ?? null);
      if (miner) {
        this.#all.set(id, miner);
        this.#byDevice.set(miner.device_id, miner);
      } else {
        this.#all.delete(id);
      }
    }
    this.#listeners.forEach((listener) => listener());
  }

  #stop(): void {
    void this.#unsubscribe?.then((end) => end?.());
    this.#unsubscribe = undefined;
    this.#all.clear();
    this.#byDevice.clear();
  }
}

const feeds = new WeakMap<Connection, Miners>();

/** Return the miners of a connection. */
export function minersOf(connection: Connection): Miners {
  let found = feeds.get(connection);
  if (!found) {
    feeds.set(connection, (found = new Miners(connection)));
  }
  return found;
}

const indexes = new WeakMap<Hass["entities"], Map<string, Entities>>();

/** Return our entities by device, looked up once for all cards. */
function indexOf(registered: Hass["entities"]): Map<string, Entities> {
  let index = indexes.get(registered);
  if (!index) {
    index = new Map();
    for (const entity of Object.values(registered)) {
      if (entity.platform === DOMAIN && entity.device_id) {
        const found = index.get(entity.device_id) ?? {};
        found[keyOf(entity)] ??= entity.entity_id;
        index.set(entity.device_id, found);
      }
    }
    indexes.set(registered, index);
  }
  return index;
}

/** Return domain and key of an entity. */
function keyOf(entity: RegistryEntity): string {
  return `${entity.entity_id.split(".")[0]}.${entity.translation_key ?? ""}`;
}

/** Return the entities of a miner's device by their keys. */
export function entitiesOf(hass: Hass, deviceId: string): Entities {
  return indexOf(hass.entities).get(deviceId) ?? {};
}

/** Return all entities of a device that have one of some keys, in the order of keys. */
export function entitiesWith(hass: Hass, deviceId: string, keys: string[]): [string, string][] {
  const found = Object.values(hass.entities)
    .filter((entity) => entity.platform === DOMAIN && entity.device_id === deviceId)
    .map((entity): [string, string] => [keyOf(entity), entity.entity_id])
    .filter(([key]) => keys.includes(key));
  return found.sort(
    ([key, id], [otherKey, otherId]) =>
      keys.indexOf(key) - keys.indexOf(otherKey) ||
      id.localeCompare(otherId, "en", { numeric: true }),
  );
}

/** What a card can be about, with the entity that nothing else has. */
const KINDS = { miner: "sensor.status", fleet: "sensor.decision" };
export type Kind = keyof typeof KINDS;

/** Return the devices of a kind, by name; those of controllers are of none. */
export function devicesOf(hass: Hass, kind: Kind): string[] {
  const found = [...indexOf(hass.entities)]
    .filter(([id, entities]) => KINDS[kind] in entities && id in hass.devices)
    .map(([id]) => id);
  return found.sort((one, other) =>
    nameOf(hass, one).localeCompare(nameOf(hass, other), hass.locale.language, {
      numeric: true,
    }),
  );
}

/** Return the devices that are miners, by name. */
export function minerDevices(hass: Hass): string[] {
  return devicesOf(hass, "miner");
}

/** Return what a device is called. */
export function nameOf(hass: Hass, deviceId: string): string {
  const device = hass.devices[deviceId];
  return device?.name_by_user || device?.name || "";
}

/** Return the device that an entity belongs to, if that is of a kind. */
export function deviceOfEntity(hass: Hass, entityId: string, kind: Kind): string | undefined {
  const entity = hass.entities[entityId];
  const deviceId = entity?.platform === DOMAIN ? entity.device_id : undefined;
  return deviceId && KINDS[kind] in entitiesOf(hass, deviceId) ? deviceId : undefined;
}

/** What a card is about, or the key of the text that says why it is about nothing. */
export type Subject =
  | { deviceId: string; entities: Entities }
  | { fault: string; name: string };

/** Find the miner or the fleet that a card's configuration names. */
export function subjectOf(hass: Hass, config: MinerConfig, kind: Kind): Subject {
  const { device_id: deviceId, entity } = config;
  if (deviceId) {
    const entities = entitiesOf(hass, deviceId);
    return KINDS[kind] in entities
      ? { deviceId, entities }
      : deviceId in hass.devices
        ? { fault: `message.no_${kind}`, name: nameOf(hass, deviceId) }
        : { fault: `message.removed_${kind}`, name: "" };
  }
  if (!entity) {
    return { fault: `message.choose_${kind}`, name: "" };
  }
  const found = deviceOfEntity(hass, entity, kind);
  if (found) {
    return { deviceId: found, entities: entitiesOf(hass, found) };
  }
  const isThere = entity in hass.states || entity in hass.entities;
  return { fault: isThere ? `message.no_${kind}` : "message.no_entity", name: entity };
}
