/* fuzz_tell.c - what the command fuzz says: see struct assay_fuzz_teller. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/fuzz.h"
#include "report/print.h"

#define WIDTH 80 /* columns, where the terminal does not say */

void assay_fuzz_teller_init(struct assay_fuzz_teller *t, const char *folder, bool quiet)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	*t = (struct assay_fuzz_teller){
		.folder = folder,
		.live = isatty(STDERR_FILENO) && !quiet,
		.colour = isatty(STDOUT_FILENO) && !(no && no[0]) && !(terminal && !strcmp(terminal, "dumb")),
		.quiet = quiet,
	};
}

static void clear(struct assay_fuzz_teller *t)
{
	if (t->line)
		fputs("\r\033[K", stderr);
	t->line = false;
}

static unsigned columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 2 ? WIDTH : size.ws_col;
}

void assay_fuzz_line(struct assay_fuzz_teller *t, const char *words)
{
	if (!t->live)
		return;
	if (!words) {
		clear(t);
		return;
	}
	fprintf(stderr, "\r%.*s\033[K", (int)columns() - 1, words);
	t->line = true;
}

void assay_fuzz_progress(void *teller, const struct assay_campaign_status *s)
{
	struct assay_fuzz_teller *t = teller;
	unsigned seconds = (unsigned)s->seconds;
	char line[256];

	snprintf(line, sizeof(line),
		"%u:%02u:%02u  %llu cases  %.0f/s  %u states, %u edges  %u finding%s  last new %llu cases "
		"ago",
		seconds / 3600, seconds / 60 % 60, seconds % 60, (unsigned long long)s->cases, s->rate,
		s->states, s->edges, s->findings, assay_plural(s->findings), (unsigned long long)s->last_new);
	assay_fuzz_line(t, line);
}

void assay_fuzz_found(void *teller, const struct assay_found *found, bool again)
{
	struct assay_fuzz_teller *t = teller;
	char name[ASSAY_CASE_TEXT] = "";

	clear(t);
	if (again) {
		printf("AGAIN %s: %u of %u times%s\n", found->key, found->repeats, found->tried,
			assay_finding_sure(found) ? "" : ": only time told, so it is no finding yet");
	} else {
		assay_case_id_print(name, sizeof(name), &found->name.id, &found->name.cut);
		printf("%sFOUND%s %s\n      ", t->colour ? "\033[1;31m" : "", t->colour ? "\033[0m" : "",
			found->key);
		assay_print_clean(stdout, found->judged.played.words);
		printf("\n      case %s, %s/findings/%s/\n", name, t->folder, found->key);
	}
	fflush(stdout);
}

void assay_fuzz_ended(struct assay_fuzz_teller *t, const struct assay_campaign_status *s)
{
	clear(t);
	printf("%llu cases in %.1f s (%.0f/s), %u states, %u edges, %u cases kept, %u restarts; %u finding%s",
		(unsigned long long)s->cases, s->seconds, s->rate, s->states, s->edges, s->kept, s->restarts,
		s->findings, assay_plural(s->findings));
	if (s->unsure)
		printf(", %u unsure", s->unsure);
	if (s->code_of)
		printf("; %u of %u edges of the target's code", s->code, s->code_of);
	if (s->known)
		printf("; %u rule%s broken without any change", s->known, s->known == 1 ? " is" : "s are");
	printf(": %s/summary.md\n", t->folder);
}
