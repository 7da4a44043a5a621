/* matrix.c - the command matrix: profiles that are run and runs that are there already, in one table as Markdown, JSON and a page. */
#include "report/matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/matrix_runs.h"
#include "cli/saved_run.h"
#include "report/file.h"
#include "suites/suites.h"

#define FOLDER "assay-matrix" /* when none is said */

/* All that the command holds. */
struct work {
	const struct assay_cli *cli;
	const char *folder; /* for matrix.* and the results of profiles; NULL: none is wanted */
	size_t count;
	struct assay_matrix_source sources[ASSAY_MATRIX_COLUMNS_MAX];
	struct assay_saved_run *saved[ASSAY_MATRIX_COLUMNS_MAX];
	const struct assay_run *runs[ASSAY_MATRIX_COLUMNS_MAX];
	const char *names[ASSAY_MATRIX_COLUMNS_MAX];
};

static bool is_profile(const char *word)
{
	size_t length = strlen(word);

	return length > 4 && strcasecmp(word + length - 4, ".ini") == 0;
}

/* A profile's results go to a folder of its name. Its mistakes are told before anything is run. */
static int take_profile(struct work *w, struct assay_matrix_source *s)
{
	struct assay_profile *profile;
	struct assay_error err = { 0 };
	int result = 0;

	if (assay_profile_read(&profile, s->word, &err))
		return assay_complain_of(&err);
	if (snprintf(s->folder, sizeof(s->folder), "%s/%s", w->folder, profile->name) >=
		(int)sizeof(s->folder))
		result = assay_complain("the output folder's name is too long");
	snprintf(s->path, sizeof(s->path), "%s/run.json", s->folder);
	for (const struct assay_matrix_source *other = w->sources; other < s && !result; other++)
		if (other->profile && strcmp(other->folder, s->folder) == 0)
			result = assay_complain(
				"%s and %s: both profiles are named %s", other->word, s->word, profile->name);
	assay_profile_free(profile);
	return result;
}

static int take_words(struct work *w)
{
	const struct assay_cli *cli = w->cli;
	bool profiles = false;
	int result = 0;

	if (!cli->words.count)
		return assay_complain("matrix needs profiles (*.ini), which it runs, or files run.json");
	if (cli->words.count > ASSAY_MATRIX_COLUMNS_MAX)
		return assay_complain("a matrix has room for %d runs", ASSAY_MATRIX_COLUMNS_MAX);
	w->count = cli->words.count;
	for (size_t i = 0; i < w->count; i++)
		profiles |= w->sources[i].profile = is_profile(cli->words.word[i]);
	w->folder = cli->output                                                             ? cli->output
		    : profiles || !(cli->markdown_file || cli->json_file || cli->html_file) ? FOLDER
											    : NULL;
	for (size_t i = 0; i < w->count && !result; i++) {
		struct assay_matrix_source *s = &w->sources[i];

		s->word = cli->words.word[i];
		if (s->profile)
			result = take_profile(w, s);
		else if (snprintf(s->path, sizeof(s->path), "%s", s->word) >= (int)sizeof(s->path))
			result = assay_complain("the file's name is too long");
	}
	return result;
}

/* Those that were there already are read first: a bad one is told before minutes of runs. */
static int read_runs(struct work *w, bool profiles)
{
	struct assay_error err = { 0 };

	for (size_t i = 0; i < w->count; i++) {
		if (w->sources[i].profile != profiles)
			continue;
		if (assay_saved_run_read(&w->saved[i], w->sources[i].path, &err))
			return assay_complain_of(&err);
		w->runs[i] = assay_saved_run_of(w->saved[i]);
		w->names[i] = w->sources[i].path;
	}
	return 0;
}

/* --- writing --- */

static const struct format {
	const char *name;
	size_t option; /* of the path on the command line, in struct assay_cli */
	void (*write)(FILE *out, const struct assay_matrix *m);
} formats[] = {
	{ "matrix.md", offsetof(struct assay_cli, markdown_file), assay_matrix_markdown },
	{ "matrix.json", offsetof(struct assay_cli, json_file), assay_matrix_json },
	{ "matrix.html", offsetof(struct assay_cli, html_file), assay_matrix_html },
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static int write_one(const char *path, const struct format *format, const struct assay_matrix *m)
{
	struct assay_file file;

	if (strcmp(path, "-") == 0) {
		format->write(stdout, m);
		return ASSAY_EXIT_OK;
	}
	if (!assay_file_open(&file, path)) {
		format->write(file.out, m);
		if (!assay_file_close(&file))
			return ASSAY_EXIT_OK;
	}
	return assay_cannot(path, "write it");
}

static int write_all(const struct work *w, const struct assay_matrix *m)
{
	char path[ASSAY_FILE_PATH_MAX];
	int result = ASSAY_EXIT_OK;

	for (size_t i = 0; i < FORMATS && result == ASSAY_EXIT_OK; i++) {
		const char *said = *(const char *const *)((const char *)w->cli + formats[i].option);

		if (said)
			result = write_one(said, &formats[i], m);
		if (result != ASSAY_EXIT_OK || !w->folder)
			continue;
		snprintf(path, sizeof(path), "%s/%s", w->folder, formats[i].name);
		result = write_one(path, &formats[i], m);
	}
	return result;
}

static bool to_stdout(const struct assay_cli *cli)
{
	for (size_t i = 0; i < FORMATS; i++) {
		const char *said = *(const char *const *)((const char *)cli + formats[i].option);

		if (said && strcmp(said, "-") == 0)
			return true;
	}
	return false;
}

static void say(const struct work *w, const struct assay_matrix *m)
{
	printf("%zu tests, %zu columns: %zu fail in exactly one implementation, %zu in every one of "
	       "several\n",
		m->row_count, m->column_count, m->spreads[ASSAY_SPREAD_ONE], m->spreads[ASSAY_SPREAD_ALL]);
	if (m->intersect)
		printf("only tests that all columns have: %zu left out\n", m->left_out);
	if (w->folder)
		printf("matrix:  %s/{matrix.md,matrix.json,matrix.html}\n", w->folder);
}

/* The ids of our suites, in their order. The caller frees the list. */
static const char **suite_order(void)
{
	size_t count = 0;
	const char **ids;

	for (const struct assay_suite *const *s = assay_target_suites; *s; s++)
		count += (*s)->count;
	ids = calloc(count + 1, sizeof(*ids));
	if (!ids)
		abort();
	count = 0;
	for (const struct assay_suite *const *s = assay_target_suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++)
			ids[count++] = (*s)->tests[i].id;
	return ids;
}

static int make(const struct work *w)
{
	const char **order = suite_order();
	struct assay_matrix_config config = { .runs = w->runs,
		.names = w->names,
		.count = w->count,
		.order = order,
		.current = assay_cli_current_id,
		.intersect = w->cli->intersect };
	struct assay_matrix *m;
	char why[ASSAY_MATRIX_WHY];
	int result = assay_matrix_make(&m, &config, why) ? assay_complain("%s", why) : write_all(w, m);

	if (result == ASSAY_EXIT_OK && !to_stdout(w->cli))
		say(w, m);
	assay_matrix_free(m);
	free(order);
	return result;
}

int assay_cli_matrix(struct assay_cli *cli)
{
	static struct work w;
	int worst = ASSAY_EXIT_OK, result;

	w = (struct work){ .cli = cli };
	result = take_words(&w);
	if (!result)
		result = read_runs(&w, false);
	if (!result && w.folder)
		result = assay_output_make(w.folder);
	if (!result)
		result = assay_matrix_run_profiles(w.sources, w.count, cli, &worst);
	if (!result)
		result = read_runs(&w, true);
	if (!result)
		result = make(&w);
	for (size_t i = 0; i < w.count; i++)
		assay_saved_run_free(w.saved[i]);
	return result ? result : worst;
}
