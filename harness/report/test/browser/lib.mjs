// lib.mjs - what browser tests share: a browser, pages that may neither complain nor ask any network for anything, and what to say of a page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { chromium } from 'playwright-core';

export const program = process.env.ASSAY;
export const folder = mkdtempSync(join(tmpdir(), 'assay-browser-'));
let browser;

before(async () => {
	const path = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
	browser = await chromium.launch({ executablePath: path, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
});
after(async () => {
	await browser?.close();
	rmSync(folder, { recursive: true, force: true });
});

// A file below our folder, and the folders that it needs.
export function write(name, text) {
	const path = join(folder, name);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
	return path;
}

// The page that the program makes of a run, as a URL.
export function pageOf(name, run) {
	const saved = write(`${name}/run.json`, JSON.stringify(run));
	const page = join(folder, `${name}/report.html`);
	execFileSync(program, ['report', saved, '--html', page]);
	return pathToFileURL(page).href;
}

// The page of a matrix of runs, as a URL.
export function matrixOf(name, runs) {
	const saved = runs.map((run, i) => write(`${name}/${i}.json`, JSON.stringify(run)));
	const page = join(folder, `${name}/matrix.html`);
	execFileSync(program, ['matrix', ...saved, '--html', page]);
	return pathToFileURL(page).href;
}

// Opens url in a context of its own and hands the page to act. A word on the console, an exception, a dialog or a request of the page's fails it,
// but for what expected (a list of patterns) says.
export async function visit(url, act, { expected = [], fragment = '', ...options } = {}) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
	const page = await context.newPage();
	const complaints = [];
	const complain = words => {
		if (!expected.some(pattern => pattern.test(words)))
			complaints.push(words);
	};
	page.setDefaultTimeout(60000);
	page.on('console', message => complain(`console ${message.type()}: ${message.text()}`));
	page.on('pageerror', error => complain(`exception: ${error.message}`));
	page.on('dialog', dialog => { complain(`dialog: ${dialog.message()}`); dialog.dismiss(); });
	await context.route('**/*', route => {
		if (route.request().url().split('#')[0] === url)
			return route.continue();
		complain(`request: ${route.request().url()}`);
		return route.abort();
	});
	try {
		await page.goto(url + fragment);
		await act(page, context);
		assert.deepEqual(complaints, []);
	} finally {
		await context.close();
	}
}

// What get gives becomes expected within a while: a browser opens a <details> at once, and tells of it later.
export async function becomes(get, expected) {
	for (const end = Date.now() + 10000; Date.now() < end; await new Promise(done => setTimeout(done, 20)))
		if (isDeepStrictEqual(await get(), expected))
			return;
	assert.deepEqual(await get(), expected);
}

// Seconds of work that the page has made the browser's main thread do since this was asked for: not those that other programs took.
export async function busy(page) {
	const session = await page.context().newCDPSession(page);
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	return async () => (await session.send('Performance.getMetrics')).metrics.find(metric => metric.name === 'TaskDuration').value;
}

export const fragmentOf = page => page.evaluate(() => decodeURIComponent(location.hash));
export const visibleIds = page => page.$$eval('.row', rows => rows.filter(row => row.offsetParent || row.getClientRects().length).map(row => row.id.slice(5)));
export const openIds = page => page.$$eval('.row details[open]:not(.listing)', all => all.map(details => details.closest('.row').id.slice(5)));
export const said = page => page.textContent('#shown');

// The contrast of an element's text with what is behind it, as WCAG 2 reckons it.
export const contrast = (page, selector) => page.$eval(selector, element => {
	const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
	const behind = from => {
		for (let at = from; at; at = at.parentElement) {
			const colour = parse(getComputedStyle(at).backgroundColor);
			if (colour.length === 3 || colour[3] > 0)
				return colour;
		}
		return [255, 255, 255];
	};
	const light = colour => colour.slice(0, 3).map(c => c / 255).map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const [a, b] = [light(parse(getComputedStyle(element).webkitTextFillColor)), light(behind(element))];
	return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
});
