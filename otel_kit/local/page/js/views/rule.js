import { html } from "../preact.js";
import { api } from "../api.js";
import { PlaceTable } from "../parts/place_table.js";
import { RuleFacts } from "../parts/rule_facts.js";
import { RuleMending } from "../parts/rule_mending.js";
import { Snippet } from "../parts/sending.js";
import { Loaded } from "../parts/states.js";
import { Text } from "../parts/text.js";
import { explainCommand } from "../policy_snippet.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { isLive } from "../range.js";
import { link } from "../router.js";

/** One rule: what it finds, where it acted, and how to let a value pass. @param {{ route: import("../router.js").Route }} props */
export function Rule({ route }) {
  const id = route.id ?? "";
  const place = route.params.get("key") ?? "";
  const refreshMs = isLive(route.params) ? REFRESH_MS : 0;
  const rule = useLoaded(`rule ${id}`, (signal) => api.rule(id, signal), { keep: false });
  const found = useLoaded(`redaction by ${id}`, (signal) => api.redaction(signal, { rule: id }), { refreshMs, keep: false });
  return html`
    <div class="view-head">
      <h1>Rule <span class="mono"><${Text} value=${id} /></span></h1>
      <a href=${link("redaction")}>All redaction</a>
    </div>
    <div class="columns are-even">
      <div>
        <section class="panel" data-testid="rule-places">
          <h2>Where it acted</h2>
          <${Loaded} of=${found}>${(data) => html`<${Places} places=${data.places} chosen=${place} />`}<//>
        </section>
        <section class="panel" data-testid="rule">
          <h2>What it does</h2>
          <${Loaded} of=${rule}>${(data) => (data.kind === "unknown" ? html`<${Unknown} id=${id} />` : html`<${RuleFacts} rule=${data} />`)}<//>
        </section>
      </div>
      <section class="panel" data-testid="rule-mending">
        <h2>When it masks what it should not</h2>
        <${Loaded} of=${rule}>${(data) => html`<${RuleMending} rule=${data} place=${place} />`}<//>
      </section>
    </div>
  `;
}

/** @param {{ places: any[], chosen: string }} props */
function Places({ places, chosen }) {
  if (places.length) return html`<${PlaceTable} places=${places} chosen=${chosen} />`;
  return html`<p class="quiet">No counts yet. Services report theirs with their metrics, about once a minute.</p>`;
}

/** @param {{ id: string }} props */
function Unknown({ id }) {
  return html`
    <p><strong>This viewer's policy has no such rule.</strong> The mark comes from a service with a policy of its own.</p>
    <p>Look it up with that file:</p>
    <${Snippet} label="the command for that file" code=${`${explainCommand(id)} --policy FILE`} />
    <p>Or start the viewer with it:</p>
    <${Snippet} label="the viewer's command" code="otel-kit view --policy FILE" />
  `;
}
