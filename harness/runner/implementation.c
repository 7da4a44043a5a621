/* implementation.c - see implementation.h. What the version command prints is foreign: only its first line is taken, and only what prints. */
#include "runner/implementation.h"

#include <string.h>
#include <strings.h>

#include "runner/command.h"
#include "runner/profile_internal.h"
#include "runner/words.h"

#define COMMAND_TIME 10e9 /* nanoseconds, before the timing factor */

void assay_implementation_clean(
	char out[ASSAY_VERSION_TEXT_MAX], const char *said, const char *implementation)
{
	size_t name = strlen(implementation), used = 0;

	said += strspn(said, " \t");
	if (name && !strncasecmp(said, implementation, name) && (said[name] == ' ' || said[name] == '\t'))
		said += name;
	for (; *said && *said != '\n' && used + 1 < ASSAY_VERSION_TEXT_MAX; said++) {
		bool blank = (unsigned char)*said <= ' ';

		if (blank && (!used || out[used - 1] == ' '))
			continue;
		out[used++] = blank ? ' ' : (unsigned char)*said < 0x7f ? *said : '?';
	}
	if (used && out[used - 1] == ' ')
		used--;
	out[used] = 0;
}

/* In the arena; NULL when the command says nothing that is of use. */
static const char *ask_version(struct assay_arena *arena, const struct assay_profile *p, const char *name)
{
	double factor = p->setup.timing_factor > 0 ? p->setup.timing_factor : 1;
	struct assay_command_result result;
	struct assay_error err = { 0 };
	char version[ASSAY_VERSION_TEXT_MAX];
	char **words;

	if (!p->exec.version || assay_words_split(&words, arena, p->exec.version, &err) < 0 ||
		assay_command_run(&result, words, (uint64_t)(COMMAND_TIME * factor), &err) < 0 ||
		result.timed_out || result.status)
		return NULL;
	assay_profile_redact(p, result.head);
	assay_implementation_clean(version, result.head, name);
	return version[0] ? assay_arena_strdup(arena, version) : NULL;
}

void assay_implementation_fill(
	struct assay_run_info *info, struct assay_arena *arena, const struct assay_profile *p)
{
	const char *name = p->implementation[0] ? p->implementation : p->name;

	if (p->builtin) {
		info->implementation_name = "iscsi-assay";
		info->implementation_version = info->version;
		return;
	}
	if (name[0])
		info->implementation_name = assay_arena_strdup(arena, name);
	info->implementation_version = ask_version(arena, p, name);
}
