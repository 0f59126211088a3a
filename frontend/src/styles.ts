/** How all cards look: the theme's own colours, in any direction of writing. */

import { css } from "lit";

export const shared = css`
  :host {
    display: block;
    height: 100%;
    --tint: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
    --track: color-mix(in srgb, var(--primary-text-color) 18%, transparent);
    --line: color-mix(in srgb, var(--primary-text-color) 45%, transparent);
  }
  ha-card {
    box-sizing: border-box;
    height: 100%;
    overflow: hidden;
    color: var(--primary-text-color);
  }
  .content {
    padding: 16px;
    --kind: var(--secondary-text-color);
  }
  .good {
    --kind: var(--success-color, #2e7d32);
  }
  .busy {
    --kind: var(--warning-color, #b26a00);
  }
  .bad {
    --kind: var(--error-color, #c62828);
  }
  .message {
    display: flex;
    gap: 12px;
    align-items: center;
    padding: 12px 16px;
    line-height: 20px;
  }
  .message.warning {
    background: color-mix(in srgb, var(--warning-color, #ffa600) 16%, transparent);
  }
  .message.info {
    color: var(--secondary-text-color);
  }
  .message .icon {
    flex: none;
  }
  button {
    margin: 0;
    padding: 0;
    border: 0;
    font: inherit;
    color: inherit;
    text-align: start;
    background: none;
    appearance: none;
    cursor: pointer;
  }
  .icon {
    flex: none;
    width: 24px;
    height: 24px;
    fill: currentcolor;
  }
  .chip {
    padding: 2px 10px;
    border-radius: 12px;
    background: var(--tint);
  }
  .chip b {
    font-weight: 500;
  }
  .chip span {
    color: var(--secondary-text-color);
  }
  .chip.fallback,
  .chip.fallback span {
    color: var(--primary-text-color);
  }
  .chip.fallback {
    background: color-mix(in srgb, var(--warning-color, #ffa600) 30%, transparent);
  }
  .chip .icon {
    width: 16px;
  height: 16px;
    vertical-align: -3px;
  }
  button:focus-visible,
  select:focus-visible,
  input:focus-visible,
  [tabindex]:focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 2px;
  }
  .switch {
    position: relative;
    flex: none;
    box-sizing: border-box;
    width: 44px;
    height: 26px;
    border: 2px solid var(--line);
    border-radius: 13px;
    cursor: pointer;
    transition: background 120ms;
  }
  .switch:focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 2px;
  }
  .switch::after {
    position: absolute;
    inset-block-start: 3px;
    inset-inline-start: 3px;
    width: 16px;
    height: 16px;
    border-radius: 50%;
    background: var(--line);
    content: "";
    transition: inset-inline-start 120ms;
  }
  .switch[aria-checked="true"] {
    border-color: var(--primary-color);
    background: var(--primary-color);
  }
  .switch[aria-checked="true"]::after {
    inset-inline-start: 21px;
    background: var(--text-primary-color, #fff);
  }
  .switch[disabled] {
    opacity: 0.5;
    cursor: default;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    .switch,
    .switch::after {
      transition: none;
    }
  }
`;

/** The head of a card and the lines below it that set something. */
export const settable = css`
  .head {
    display: flex;
    align-items: center;
    gap: 12px;
  }
  .title {
    display: flex;
    flex: 1;
    align-items: center;
    gap: 12px;
    min-width: 0;
    cursor: pointer;
    border-radius: 8px;
  }
  .badge {
    display: grid;
    flex: none;
    place-items: center;
    width: 40px;
    height: 40px;
    border-radius: 50%;
    color: var(--kind);
    background: color-mix(in srgb, var(--kind) 18%, transparent);
  }
  .names {
    min-width: 0;
  }
  .title b {
    display: block;
    font-size: 16px;
    font-weight: 500;
    line-height: 22px;
    overflow-wrap: anywhere;
  }
  .says {
    display: block;
    font-size: 13px;
    line-height: 18px;
    color: var(--secondary-text-color);
  }
  .bad .says {
    color: var(--primary-text-color);
  }
  .controls {
    display: grid;
    gap: 4px;
    margin-top: 12px;
  }
  .control {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 40px;
  }
  .control > .name {
    flex: 1;
  }
  select,
  .box {
    max-width: 60%;
    min-height: 36px;
    padding: 4px 8px;
    border: 1px solid var(--line);
    border-radius: 8px;
    font: inherit;
    color: inherit;
    background: var(--card-background-color);
  }
  .note {
    display: flex;
    gap: 12px;
    align-items: flex-start;
    padding: 8px 12px;
    border-radius: 10px;
    font-size: 13px;
    line-height: 20px;
    background: color-mix(in srgb, var(--warning-color, #ffa600) 16%, transparent);
  }
  .note.bad {
    background: color-mix(in srgb, var(--error-color, #c62828) 16%, transparent);
  }
`;
