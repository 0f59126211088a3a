/** What the cards use of Home Assistant's frontend. */

export interface HassEntity {
  entity_id: string;
  state: string;
  attributes: Record<string, unknown>;
}

export interface RegistryEntity {
  entity_id: string;
  device_id?: string | null;
  platform?: string;
  translation_key?: string;
}

export interface RegistryDevice {
  id: string;
  name: string | null;
  name_by_user?: string | null;
}

export interface Connection {
  subscribeMessage<T>(
    callback: (message: T) => void,
    message: Record<string, unknown>,
  ): Promise<() => Promise<void> | void>;
}

export interface Hass {
  states: Record<string, HassEntity>;
  entities: Record<string, RegistryEntity>;
  devices: Record<string, RegistryDevice>;
  connection: Connection;
  connected: boolean;
  language: string;
  locale: { language: string; number_format?: string };
  user?: { is_admin: boolean };
  callService(
    domain: string,
    service: string,
    data: Record<string, unknown>,
  ): Promise<unknown>;
  callWS<T>(message: Record<string, unknown>): Promise<T>;
  formatEntityState(entity: HassEntity, state?: string): string;
}

/** A miner as `miner_control/miners/subscribe` tells of it. */
export interface Miner {
  entry_id: string;
  device_id: string | null;
  name: string;
  loaded: boolean;
  status: string | null;
  reason: string;
  degraded: Record<string, string | null>;
}

/** A binding as `miner_control/features/get` tells of it. */
export interface Binding {
  controller: string;
  title: string;
  priority: number;
  enabled: boolean;
  healthy: boolean;
  value: unknown;
  measured: [number, string][];
}

export interface Feature {
  provider: string | null;
  fallback: boolean;
  ranking: Binding[];
}

export interface Controller {
  id: string;
  title: string;
  kind: string;
  available: boolean;
}

export interface Features {
  features: Record<string, Feature>;
  controllers: Controller[];
}

/** What names the miner of a card: its device, or any entity of it. */
export interface MinerConfig {
  type: string;
  device_id?: string;
  entity?: string;
  navigation_path?: string;
  grid_options?: Record<string, unknown>;
}

export type CardConfig = Record<string, unknown> & { type: string };
