/** Icons as plain drawings: elements of Home Assistant would cost more than all else. */

import { html, type TemplateResult } from "lit";

/** Return an icon, which nothing reads aloud. */
export function icon(path: string): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${path} /></svg>`;
}
