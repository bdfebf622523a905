// Walks through the pages as people would, in Chromium, and prints `ok NAME` or `not ok NAME: why` for each promise.

const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');
const axe = require('axe-core');

const [base, chosen, ...more] = process.argv.slice(2);

const PAGES = {
  home: '/',
  questions: '/questions',
  answer: '/questions/levels-requiring?competency=OAuth',
  form: '/questions/gap',
  mistake: '/questions/levels-requiring?competency=oatuh',
  proof: '/explain?question=levels-requiring&row=2&competency=OAuth',
  unsure: '/ask?q=hello+there',
  ladder: '/ladder',
  'ladder, cumulative': '/ladder?policy=cumulative',
  compare: '/compare?a=Intermediate&b=Senior',
  'compare, empty': '/compare',
  gap: '/gap?have=Python&target=SIRT',
  explore: '/explore?thing=OAuth',
  review: '/review',
  competency: '/id/competency/oauth',
  level: '/id/gitlab/security-engineer/level/senior',
  statement: '/id/gitlab/security-engineer/statement/authentication-technologies',
  family: '/id/gitlab/security-engineer',
  workbench: '/sparql',
  ontology: '/ontology',
  docs: '/docs',
  nowhere: '/questions/nowhere',
};

const checks = {
  /** From the field on the start page to the proof and the place on the page. */
  'asks about OAuth and reaches the proof': async (page) => {
    await page.goto(`${base}/`);
    await page.getByRole('textbox', { name: 'Your question' }).or(page.getByRole('combobox', { name: 'Your question' })).fill('which levels need to know oauth2?');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/questions\/levels-requiring/);
    await says(page, 'h1', 'Which levels require OAuth?');
    await page.getByRole('link', { name: 'Why row 2 holds' }).click();
    await says(page, 'main', 'Technical Skills');
    await says(page, 'main', 'cc961373');
    await page.getByRole('link', { name: 'Back to the answer' }).click();
    await page.waitForURL(/\/questions\/levels-requiring/);
  },
  'compares Intermediate and Senior': async (page) => {
    await page.goto(`${base}/compare`);
    await page.getByLabel('A, 1', { exact: true }).fill('Intermediate');
    await page.getByLabel('B, 1', { exact: true }).fill('Senior');
    await page.getByRole('button', { name: 'Compare' }).click();
    await says(page, 'h1', 'From Intermediate Security Engineer to Senior Security Engineer');
    await says(page, '.chips', '2 stronger');
    await says(page, '.chips', '3 added');
  },
  'finds the gap to SIRT': async (page) => {
    await page.goto(`${base}/gap`);
    await page.getByLabel('Have, 1', { exact: true }).fill('Python');
    await page.getByLabel('Target, 1', { exact: true }).fill('SIRT');
    await page.getByRole('button', { name: 'Find the gap' }).click();
    await page.waitForURL(/target=SIRT/);
    await says(page, 'main', 'one of');
    await says(page, '.held .is-met', 'by Python');
  },
  'switches the policy on the ladder': async (page) => {
    await page.goto(`${base}/ladder`);
    const count = () => page.locator('section[aria-labelledby=statements] td a').count();
    const strict = await count();
    await page.getByRole('link', { name: 'cumulative', exact: true }).click();
    await page.waitForURL(/policy=cumulative/);
    const cumulative = await count();
    // The pairs of levels and statements that the page states.
    if (strict !== 192 || cumulative !== 272) throw new Error(`${strict} and ${cumulative} cells`);
    await page.locator('section[aria-labelledby=statements] td a').first().click();
    await says(page, 'h1', 'Why?');
  },
  'follows what a competency is needed for': async (page) => {
    await page.goto(`${base}/id/competency/oauth`);
    await says(page, 'main', 'Levels that call for it');
    await page.getByRole('link', { name: 'Senior Security Engineer', exact: true }).first().click();
    await says(page, 'main', 'Find the gap');
  },
  'a mistake is told with what may have been meant': async (page) => {
    const answer = await page.goto(`${base}/questions/levels-requiring?competency=oatuh`);
    if (answer.status() !== 422) throw new Error(`status ${answer.status()}`);
    await says(page, '[role=alert]', 'OAuth');
  },
};

/** What needs a script. */
const scripted = {
  'suggests while one types, by keyboard': async (page) => {
    await page.goto(`${base}/`);
    await page.getByRole('combobox', { name: 'Your question' }).pressSequentially('oauth', { delay: 20 });
    await page.getByRole('option', { name: /OAuth/ }).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.locator('[role=option][aria-selected=true]').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== '/');
  },
  'takes one more competency, and suggests it': async (page) => {
    await page.goto(`${base}/questions/gap`);
    const fields = page.getByLabel(/^Have, /);
    const before = await fields.count();
    await page.getByRole('group', { name: /^Have/ }).getByRole('button', { name: 'One more' }).click();
    if ((await fields.count()) !== before + 1) throw new Error('there is no field more');
    await page.keyboard.type('Python');
    await page.getByLabel('Target, 1', { exact: true }).fill('SIRT');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.waitForURL(/have=Python&.*target=SIRT/);
    await says(page, 'h1', 'Python');
  },
  'is used by keyboard alone': async (page) => {
    const reach = async (is) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(is)) return;
      }
      throw new Error('it cannot be reached by Tab');
    };
    await page.goto(`${base}/`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    if ((await page.evaluate(() => document.activeElement.id)) !== 'main') throw new Error('the skip link leads nowhere');
    await reach(() => document.activeElement.id === 'q');
    await page.keyboard.type('which levels need to know oauth2?');
    await page.keyboard.press('Enter');
    await page.waitForURL(/levels-requiring/);
    await reach(() => document.activeElement.tagName === 'SUMMARY');
    await page.keyboard.press('Enter');
    await reach(() => document.activeElement.id === 'field-competency');
    await reach(() => document.activeElement.textContent === 'why?');
    await page.keyboard.press('Enter');
    await says(page, 'h1', 'Why?');
  },
  'sorts and filters an answer': async (page) => {
    await page.goto(`${base}/questions/requirements-of?target=Senior`);
    const rows = page.locator('table tbody tr:visible');
    const all = await rows.count();
    await page.getByLabel('Filter rows').fill('oauth');
    if ((await rows.count()) !== 1) throw new Error(`${await rows.count()} of ${all} rows`);
    await page.getByLabel('Filter rows').fill('');
    await page.getByRole('button', { name: /^Statement/ }).click();
    const first = await rows.first().innerText();
    await page.getByRole('button', { name: /^Statement/ }).click();
    if ((await rows.first().innerText()) === first) throw new Error('the order did not change');
  },
  'runs an example in the workbench': async (page) => {
    await page.goto(`${base}/sparql`);
    await page.getByRole('link', { name: /Which levels require OAuth/ }).click();
    await page.locator('.yasqe_queryButton').click();
    await page.locator('.yasr table tbody tr').nth(4).waitFor();
    await says(page, '.yasr table', 'Distinguished');
    await page.evaluate(() => document.querySelector('.CodeMirror').CodeMirror.setValue('SELECT * WHERE { ?s ?p '));
    await page.locator('.yasqe_queryButton').click();
    await page.locator('.yasr .errorResult').waitFor();
    await says(page, '.yasr .errorResult', 'malformed');
    await page.evaluate(() => document.querySelector('.CodeMirror').CodeMirror.setValue('CONSTRUCT WHERE { ?level a cg:Level ; cg:requires competency:oauth }'));
    await page.locator('.yasqe_queryButton').click();
    await page.locator('.yasr .select_graph').click();
    await page.locator('.yasr .drawing canvas').first().waitFor();
  },
  'completes terms in the workbench without asking elsewhere': async (page) => {
    await page.goto(`${base}/sparql`);
    await page.locator('.CodeMirror').waitFor();
    await page.evaluate(() => {
      const editor = document.querySelector('.CodeMirror').CodeMirror;
      editor.setValue('PREFIX cg: <https://w3id.org/competency-graph/ontology#>\nSELECT * WHERE { ?x a cg:JobF');
      editor.setCursor(1, 99);
      editor.focus();
    });
    await page.keyboard.press('Control+Space');
    await page.locator('.CodeMirror-hints').filter({ hasText: 'JobFamily' }).or(page.locator('.CodeMirror-code').filter({ hasText: 'cg:JobFamily' })).first().waitFor();
  },
  'opens what is next to a thing in the graph': async (page) => {
    await page.goto(`${base}/explore?thing=OAuth`);
    await page.waitForFunction(() => window.explorer?.nodes('.open').length === 1);
    const before = await page.evaluate(() => window.explorer.nodes().length);
    await page.locator('#graph').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForFunction((count) => window.explorer.nodes().length > count, before);
    const other = await page.evaluate(() => {
      const node = window.explorer.nodes('[kind = "Level"]').first();
      const { x, y } = node.renderedPosition();
      return { x, y, count: window.explorer.nodes().length };
    });
    await page.locator('#graph').click({ position: { x: other.x, y: other.y } });
    await page.waitForFunction((count) => window.explorer.nodes().length > count, other.count);
  },
};

async function says(page, selector, text) {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: 10000 });
}

async function main() {
  const browser = await chromium.launch({ executablePath: process.env.PATH.split(':').map((folder) => path.join(folder, 'chromium')).find(fs.existsSync), args: ['--no-sandbox'] });
  const run = async (name, settings, walk) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
    const page = await context.newPage();
    const wrong = [];
    page.on('console', (message) => {
      // A page that could not be found is an error to the console; its status is the page's matter.
      const expected = /status of 4\d\d/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !expected) wrong.push(`console: ${message.text()} at ${page.url()}`);
    });
    page.on('pageerror', (error) => wrong.push(`script: ${error.message} at ${page.url()}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(base) && !request.url().startsWith('data:')) wrong.push(`asks elsewhere: ${request.url()}`);
    });
    try {
      await walk(page, wrong);
    } catch (error) {
      wrong.push(`${error.message.split('\n').slice(0, 3).join(' ')} at ${page.url()}`);
    }
    console.log(wrong.length ? `not ok ${name}: ${[...new Set(wrong)].join('; ')}` : `ok ${name}`);
    await context.close();
  };
  const walks = {
    walk: async () => {
      for (const [name, walk] of Object.entries({ ...checks, ...scripted })) await run(name, {}, walk);
      for (const [name, walk] of Object.entries(checks)) await run(`${name}, without a script`, { javaScriptEnabled: false }, walk);
    },
    look: async () => {
      for (const colorScheme of ['light', 'dark']) {
        for (const width of [1280, 360]) {
          await run(`every page is accessible and fits, ${colorScheme}, ${width}`, { colorScheme, viewport: { width, height: 800 } }, (page, wrong) => look(page, wrong, width));
        }
      }
    },
    hostile: async () => {
      await run('names with markup stay text', {}, hostile);
    },
  };
  await walks[chosen]();
  await browser.close();
}

/** Every page, held to what axe knows, and to the width of the screen. */
async function look(page, wrong, width) {
  for (const [name, target] of more.length ? more.map((target) => [target, target]) : Object.entries(PAGES)) {
    await page.goto(base + target, { waitUntil: 'networkidle' });
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wider > 0) wrong.push(`${name} is wider than the screen by ${wider}`);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const { id, nodes } of violations) wrong.push(`${name}: ${id} at ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')}`);
  }
}

/** Data whose names are markup, scripts and text that runs from right to left. */
async function hostile(page, wrong) {
  const NAME = 'Zig "the" <script>alert(\'x\')</script>, & more';
  page.on('dialog', async (dialog) => {
    wrong.push('a script of the data ran');
    await dialog.dismiss();
  });
  const thing = encodeURIComponent('https://w3id.org/competency-graph/id/competency/zig');
  for (const target of [
    '/id/competency/zig', '/', '/questions', `/explore?thing=${thing}`, `/questions/competency-tree?root=${thing}`,
    `/questions/levels-requiring?competency=${thing}`, `/gap?have=${thing}&target=SIRT`, `/compare?a=Senior&b=${encodeURIComponent(NAME)}`,
    `/ask?q=${encodeURIComponent(`what about ${NAME}`)}`, '/questions/levels-requiring', '/sparql', '/ontology', '/docs', '/ladder', '/review',
    `/questions/crosswalk?entity=${thing}`, `/sparql?edit=${encodeURIComponent('</textarea><script>alert(1)</script>')}`,
  ]) {
    await page.goto(base + target, { waitUntil: 'networkidle' });
    const links = await page.evaluate(() => [...document.links].map((link) => link.protocol).filter((protocol) => !['http:', 'https:'].includes(protocol)));
    if (links.length) wrong.push(`${target} links to ${links}`);
    const scripts = await page.evaluate(() => [...document.scripts].filter((script) => !script.src).length);
    if (scripts) wrong.push(`${target} has ${scripts} scripts of its own`);
  }
  await page.goto(`${base}/id/competency/zig`);
  await says(page, 'h1', NAME);
  await page.goto(`${base}/explore?thing=${thing}`);
  await says(page, 'h1', NAME);
  await page.waitForFunction((name) => document.getElementById('selected').textContent.includes(name), NAME);
  await page.goto(`${base}/`);
  await page.getByRole('combobox', { name: 'Your question' }).pressSequentially('zig', { delay: 20 });
  await page.getByRole('option', { name: 'alert' }).first().waitFor();
}

main().catch((error) => {
  console.log(`not ok the browser: ${error.message}`);
  process.exit(1);
});
