import { html } from "../preact.js";
import { duration } from "../format.js";
import { asText } from "../telemetry_text.js";
import { Attributes } from "./attributes.js";
import { CopyButton } from "./copy_button.js";
import { LongText, Text } from "./text.js";

/** Names of the semantic conventions for an exception. */
const TYPE = "exception.type";
const MESSAGE = "exception.message";
const STACK = "exception.stacktrace";

/** Events in order of time; an exception reads as type, message and stack. @param {{ events: any[], start: number }} props */
export function SpanEvents({ events, start }) {
  return html`<ol class="span-events">
    ${events.map((event, i) => {
      const { [TYPE]: type, [MESSAGE]: message, [STACK]: stack, ...others } = event.attributes;
      const isException = type !== undefined || stack !== undefined;
      return html`<li key=${i} class=${isException ? "is-exception" : ""}>
        <p class="event-head">
          <span class="quiet">+${duration(event.time_ms - start)}</span>
          <strong><${Text} value=${isException && type ? asText(type) : event.name} place=${isException && type ? TYPE : "event.name"} /></strong>
        </p>
        ${message !== undefined && html`<${LongText} value=${asText(message)} class="event-message" place=${MESSAGE} />`}
        ${stack !== undefined && html`<${Stack} text=${asText(stack)} />`}
        ${Object.keys(others).length > 0 && html`<${Attributes} of=${others} />`}
      </li>`;
    })}
  </ol>`;
}

/** @param {{ text: string }} props */
function Stack({ text }) {
  return html`<div class="stack-head"><span class="quiet">Stack trace</span><${CopyButton} text=${text} label="Copy the stack trace" /></div>
    <div class="stack" tabindex="0" role="region" aria-label="Stack trace"><${LongText} value=${text.trimEnd()} place=${STACK} /></div>`;
}
