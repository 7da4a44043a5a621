/*
 * page.js - what a page of ours does beyond showing itself: filters, deep links, copying. It shows and hides rows that are in the page already, and makes
 * no markup of any string. State lives in the fragment, so that a link, a bookmark and the back button mean what they show. page.h says what it needs.
 */
'use strict';
document.documentElement.classList.add('script');
addEventListener('DOMContentLoaded', () => {
	const form = document.getElementById('filters');
	const shown = document.getElementById('shown');
	const none = document.getElementById('none');
	const clear = document.getElementById('clear');
	const rows = Array.from(document.querySelectorAll('.row'), element => ({
		element,
		id: element.id.slice('test='.length),
		text: (element.rows[0].textContent + ' ' + (element.dataset.req || '')).toLowerCase(),
		cells: element.dataset.cells?.split(' '), /* of a matrix: a verdict a column, "-" where there is none */
		details: element.querySelector('details'),
	}));
	const groups = Array.from(document.querySelectorAll('.group')); /* heads of areas */
	const byId = new Map(rows.map(row => [row.id, row]));
	const names = [...new Set(Array.from(form.elements, control => control.name).filter(Boolean))];
	let state = {}; /* of each filter its value, and the test that is open */
	let typing = ''; /* the text field whose words replace each other in the history */

	/* "#a=b,c&d=e" and back; what it cannot mean is left out. */
	function parse(fragment) {
		const out = {};
		for (const part of fragment.replace(/^#/, '').split('&')) {
			const at = part.indexOf('=');
			const name = part.slice(0, at);
			if (at < 1 || !(name === 'test' || names.includes(name)))
				continue;
			try {
				out[name] = decodeURIComponent(part.slice(at + 1));
			} catch {
				/* no encoded text: as if it was not said */
			}
		}
		return out;
	}

	function format(of) {
		const parts = [...names, 'test'].filter(name => of[name])
			.map(name => name + '=' + encodeURIComponent(of[name]).replace(/%2C/g, ','));
		return parts.length ? '#' + parts.join('&') : location.pathname + location.search;
	}

	/* The controls of a name: one, or the check boxes of a group. */
	const controls = name => Array.from(form.elements).filter(control => control.name === name);

	function readForm() {
		const out = {};
		for (const name of names)
			out[name] = controls(name).filter(control => control.type !== 'checkbox' || control.checked)
				.map(control => control.value.trim()).join(',');
		return out;
	}

	function writeForm() {
		for (const name of names)
			for (const control of controls(name))
				if (control.type === 'checkbox')
					control.checked = (state[name] || '').split(',').includes(control.value);
				else if (control.value.trim() !== (state[name] || ''))
					control.value = state[name] || '';
	}

	/* Of a matrix, which columns are chosen: those of the implementations that are checked; null for all. */
	let columns = null;
	let columnsOf = '';
	function chooseColumns() {
		if ((state.impl || '') === columnsOf)
			return;
		columnsOf = state.impl || '';
		const boxes = controls('impl').filter(box => columnsOf.split(',').includes(box.value));
		columns = boxes.length ? new Set(boxes.flatMap(box => box.dataset.columns.split(' ').map(Number))) : null;
		for (const line of document.querySelectorAll('.matrix thead tr, .matrix .group tr, .matrix .row > tr:first-child'))
			for (let i = 2; i < line.cells.length; i++)
				line.cells[i].hidden = columns !== null && !columns.has(i - 2);
	}
	const cellsOf = row => (columns ? row.cells.filter((cell, i) => columns.has(i)) : row.cells);
	const undecided = new Set(['-', 'SKIP', 'ERROR']);

	/* A function of a row for each filter that is set. */
	function tests() {
		chooseColumns();
		return names.filter(name => state[name]).map(name => {
			const control = controls(name)[0];
			const value = state[name];
			const words = row => (name === 'verdict' && row.cells ? cellsOf(row).flatMap(cell => cell.split('|'))
				: (row.element.dataset[name] || '').split(' '));
			if (name === 'impl')
				return row => cellsOf(row).some(cell => cell !== '-');
			if (name === 'differs')
				return row => new Set(cellsOf(row).filter(cell => !undecided.has(cell))).size > 1;
			if (name === 'q') {
				const wanted = value.toLowerCase().split(/\s+/);
				return row => wanted.every(word => row.text.includes(word));
			}
			if (control.type === 'checkbox') {
				const wanted = value.split(',');
				return row => words(row).some(word => wanted.includes(word));
			}
			if (control.dataset.match === 'prefix') {
				const wanted = value.toLowerCase();
				return row => words(row).some(word => word.toLowerCase().startsWith(wanted));
			}
			return row => row.element.dataset[name] === value;
		});
	}

	/* Shows what the state says. A test that a link names is shown whatever the filters say. */
	function show() {
		const all = tests();
		let count = 0;
		for (const row of rows) {
			const hidden = row.id !== state.test && !all.every(test => test(row));
			if (row.element.hidden !== hidden)
				row.element.hidden = hidden;
			count += !hidden;
		}
		const areas = new Set(rows.filter(row => !row.element.hidden).map(row => row.element.dataset.area));
		for (const group of groups)
			group.hidden = !areas.has(group.dataset.area);
		const unit = shown.dataset.unit;
		shown.value = all.length ? `${count} of ${rows.length} ${unit}` : `${rows.length} ${unit}`;
		clear.hidden = !all.length;
		none.hidden = count > 0 || rows.length === 0;
	}

	function setOpen(id, open) {
		const row = byId.get(id);
		if (!row)
			return;
		row.element.classList.toggle('current', open);
		if (row.details)
			row.details.open = open;
	}

	/* Takes a state over and shows it. */
	function enter(next) {
		if (state.test && state.test !== next.test)
			setOpen(state.test, false);
		state = next;
		if (state.test)
			setOpen(state.test, true);
		writeForm();
		show();
	}

	/* A change by hand: the fragment follows; the words of one text field are one step of the history. */
	function change(next, field) {
		const url = format(next);
		if (field && field === typing)
			history.replaceState(null, '', url);
		else
			history.pushState(null, '', url);
		typing = field;
		state = next;
		show();
	}

	/*
	 * Into view, and the box that it is in, with its heads, too; again until it rests there: rows that were out of sight have their true height only once
	 * they were laid out, and while the page loads the browser goes to the fragment by itself, past the heads.
	 */
	function bring(element) {
		let before, resting = 0, frames = 0;
		const now = () => {
			element.scrollIntoView();
			element.closest('.scroll')?.scrollIntoView();
			const top = element.getBoundingClientRect().top;
			resting = top === before && document.readyState === 'complete' ? resting + 1 : 0;
			before = top;
			if (resting < 3 && ++frames < 300)
				requestAnimationFrame(now);
		};
		now();
	}

	function followFragment() {
		typing = '';
		const next = parse(location.hash);
		const moved = next.test && next.test !== state.test;
		enter(next);
		if (moved && byId.has(next.test))
			bring(byId.get(next.test).element);
	}

	/* When a filter would hide the test that is open, it is the filter that was meant. */
	function filtered(field) {
		const next = { ...readForm(), test: state.test };
		const kept = state.test;
		state = next;
		if (kept && byId.has(kept) && !tests().every(test => test(byId.get(kept)))) {
			setOpen(kept, false);
			next.test = '';
		}
		change(next, field);
	}

	function copy(button) {
		const code = button.previousElementSibling;
		const done = () => {
			button.textContent = 'Copied';
			setTimeout(() => { button.textContent = 'Copy'; }, 2000);
		};
		const byHand = () => { /* no clipboard without a secure context: the text is selected, at least */
			getSelection().selectAllChildren(code);
			if (document.execCommand('copy'))
				done();
		};
		if (navigator.clipboard)
			navigator.clipboard.writeText(code.textContent).then(done, byHand);
		else
			byHand();
	}

	form.addEventListener('input', event => {
		const control = event.target;
		filtered(control.type === 'checkbox' || control.tagName === 'SELECT' ? '' : control.name);
	});
	form.addEventListener('submit', event => event.preventDefault());
	clear.addEventListener('click', () => {
		change({ test: state.test }, '');
		writeForm();
		form.querySelector('[name=q]').focus();
	});
	/* toggle does not bubble */
	document.addEventListener('toggle', event => {
		const row = event.target.closest('.row');
		const own = row && byId.get(row.id.slice('test='.length));
		if (!own || own.details !== event.target || event.target.open === (state.test === own.id))
			return;
		if (event.target.open) {
			if (byId.has(state.test))
				byId.get(state.test).element.classList.remove('current');
			row.classList.add('current');
			change({ ...state, test: own.id }, '');
		} else if (state.test === own.id) {
			row.classList.remove('current');
			change({ ...state, test: '' }, '');
		}
	}, true);
	document.addEventListener('click', event => {
		const link = event.target.closest('a[href^="#test="]');
		if (event.target.closest('.copy')) {
			copy(event.target.closest('.copy'));
		} else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { /* a link to a row leaves the filters as they are */
			event.preventDefault();
			const next = { ...state, test: parse(link.hash).test };
			if (next.test !== state.test) {
				history.pushState(null, '', format(next));
				typing = '';
				enter(next);
			}
		}
	});
	document.addEventListener('keydown', event => {
		if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== 'checkbox')
			return;
		event.preventDefault();
		form.querySelector('[name=q]').focus();
	});
	addEventListener('popstate', followFragment);
	addEventListener('hashchange', followFragment);
	followFragment();
});
