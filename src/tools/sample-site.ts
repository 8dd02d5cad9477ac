import { type PageServer, type ServedPage, servePages } from './page-server.ts';

/** Four pages about this product, so that a first run without a site of its own reads something real. */
export function startSampleSite(): Promise<PageServer> {
  return servePages(pages, () => {});
}

const page = (title: string, content: string): ServedPage => ({
  type: 'text/html; charset=utf-8',
  body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<header><nav>
<a href="/">Crewsmith</a> <a href="/crews">Crews</a> <a href="/approvals">Approvals</a> <a href="/costs">Keys and costs</a>
</nav></header>
<main>
${content}
</main>
<footer><p>This page is served by your own Crewsmith, on this machine only.</p></footer>
</body>
</html>
`,
});

const pages: Readonly<Record<string, ServedPage>> = {
  '/robots.txt': { type: 'text/plain; charset=utf-8', body: 'User-agent: *\nAllow: /\n' },
  '/': page(
    'Crewsmith: crews of agents in your team chat',
    `<h1>Crewsmith</h1>
<p>Crewsmith is a bot for team workspaces that runs crews of LLM agents from Slack, Discord, a web page or the terminal.</p>
<p>A member types a command such as /crew research acme.com, and Crewsmith runs the crew called research on that website.</p>
<h2>Who it is for</h2>
<p>Crewsmith is for teams that want to use language models together, on provider keys that they own.</p>
<p>The team keeps its contract with the provider, sees its usage at the source, and can take a key back in seconds.</p>
<h2>What it runs on</h2>
<p>Crewsmith works with OpenAI, Anthropic and Google, with servers that speak the OpenAI protocol, and with an offline sandbox.</p>
<p>It needs Node.js, and keeps its data in one SQLite file.</p>`,
  ),
  '/crews': page(
    'Crews: workflows that read like a brief',
    `<h1>Crews</h1>
<p>A crew is a predefined workflow of agents and steps, written in one YAML file.</p>
<p>An agent is a role with instructions, a model alias and tools, such as reading web pages.</p>
<h2>Three kinds of steps</h2>
<ul>
<li>In a prompt step an agent works.</li>
<li>In a gate step people decide.</li>
<li>In a deliver step approved output leaves the thread.</li>
</ul>
<h2>Before a run</h2>
<p>The command crews check finds a misspelt variable, a missing limit or a delivery without a gate before anything is paid.</p>
<p>Each run carries its own frozen copy of its crew, so a change of the file does not change a run that has begun.</p>
<h2>Sources</h2>
<p>Research crews keep each claim tied to the page it came from, and list the claims that no page supports.</p>`,
  ),
  '/approvals': page(
    'Approvals: people decide what goes out',
    `<h1>Approvals</h1>
<p>Nothing that a crew writes is delivered before a person has approved it at a gate.</p>
<p>A gate shows the draft in the thread, with buttons to approve, edit, request changes or reject.</p>
<h2>What was approved is what goes out</h2>
<p>The draft is stored with its SHA-256 hash, and the delivery sends exactly those bytes.</p>
<p>A decision counts for the draft that was shown; a press on an older draft is told so and changes nothing.</p>
<h2>Time</h2>
<p>A gate waits for 7 days unless its crew says otherwise, and reminds the approvers once at half time.</p>
<h2>Record</h2>
<p>Each decision and each change of keys, budgets and roles is a row in an audit that shows later tampering.</p>`,
  ),
  '/costs': page(
    'Keys and costs',
    `<h1>Keys and costs</h1>
<p>Crewsmith is free software under the MIT license and adds no markup to what a provider charges.</p>
<p>A team pays its provider directly, on its own key, and the sandbox costs nothing.</p>
<h2>Keys</h2>
<p>Keys are sealed with AES-256-GCM at rest and never appear in messages, logs or exports.</p>
<p>An admin cuts a key off with /crew keys revoke, and no new call uses that key from then on.</p>
<h2>Budgets</h2>
<table>
<tr><th>Limit</th><th>What it bounds</th></tr>
<tr><td>Cap</td><td>the worst case of one run, said before it starts</td></tr>
<tr><td>Budget</td><td>what a channel, a crew or the workspace may spend in a day, week or month</td></tr>
</table>
<p>Before each call the worst case is held on every budget that applies, so calls at the same time cannot pass a limit together.</p>
<h2>Spend</h2>
<p>Every call is an entry in a ledger, and a digest posts the spend of the week in a channel.</p>
<h2>Risks to know</h2>
<p>A call whose answer was lost may still be billed by the provider, and Crewsmith shows it as at most its held amount.</p>
<p>A price that is not known is shown as unpriced, never as zero.</p>`,
  ),
};
