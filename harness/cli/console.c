/* console.c - see console.h. The server's thread does it all, so no question may make it wait. */
#include "cli/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/unix_socket.h"

#define QUESTION_MAX 4096 /* bytes */
#define WORDS_MAX    3
#define CALLERS_MAX  8 /* who ask at the same time; for another, who has been silent longest is hung up on */

/* Who is asking. */
struct caller {
	struct assay_console *console;
	int fd; /* -1: nobody */
	unsigned long heard; /* when, counted in what was heard of anyone */
	size_t length;
	char question[QUESTION_MAX + 1];
};

struct assay_console {
	struct assay_served *served;
	struct assay_server *server;
	const char *path;
	int fd;
	unsigned long heard; /* how often anyone */
	struct caller callers[CALLERS_MAX];
};

/* --- what can be asked for; each answers in words and returns 0, or a negative error --- */

/* The target that the last word names, or the first one. 0: there is none. */
static unsigned target_of(const struct assay_console *c, const char *name, struct assay_error *err)
{
	unsigned tid = name ? assay_target_id(c->served->target, name) : c->served->targets[0].tid;

	if (!tid)
		assay_error_set(err, ASSAY_E_SYNTAX, "there is no target '%.200s'", name ? name : "");
	return tid;
}

static int add_lun(struct assay_console *c, char **words, struct assay_error *answer)
{
	unsigned tid = target_of(c, words[2], answer);
	uint32_t number;
	int r = tid ? assay_served_lun_of(c->served->target, tid, &number, words[1], answer) : ASSAY_E_SYNTAX;

	if (!r)
		assay_error_set(answer, 0, "LUN %u is there", number);
	return r;
}

static int remove_lun(struct assay_console *c, char **words, struct assay_error *answer)
{
	unsigned tid = target_of(c, words[2], answer);
	char *end;
	unsigned long number = strtoul(words[1], &end, 10);

	if (!tid)
		return ASSAY_E_SYNTAX;
	if (words[1][0] < '0' || words[1][0] > '9' || *end || number > 16383 ||
		assay_target_remove_lun(c->served->target, tid, (uint32_t)number) < 0)
		return assay_error_set(answer, ASSAY_E_SYNTAX, "there is no LUN '%.20s'", words[1]);
	assay_error_set(answer, 0, "LUN %lu is gone", number);
	return 0;
}

static int drop(struct assay_console *c, char **words, struct assay_error *answer)
{
	(void)words;
	assay_error_set(answer, 0, "%u connections were dropped", assay_server_drop(c->server));
	return 0;
}

/* A number up to max; -1: that is none. */
static long number_of(const char *word, long max)
{
	char *end;
	long n = strtol(word, &end, 10);

	return *word >= '0' && *word <= '9' && !*end && n <= max ? n : -1;
}

/* Of a message that says none: the first target's unit, and time enough. */
static long argument_of(const struct assay_console *c, const char *word, long event)
{
	if (word)
		return number_of(word, event >= 248 ? 255 : 3600);
	return event == 0 ? (long)c->served->targets[0].lun : event == 1 || event == 4 ? 3 : 0;
}

static int announce(struct assay_console *c, char **words, struct assay_error *answer)
{
	long event = number_of(words[1], 255), argument = argument_of(c, words[2], event);
	int told = event < 0 || argument < 0
			   ? ASSAY_E_INVAL
			   : assay_server_announce(c->server, (uint8_t)event, (unsigned)argument);

	if (told < 0)
		return assay_error_set(answer, ASSAY_E_SYNTAX,
			"what can be announced is an AsyncEvent of 0 to 4 and 248 to 255, and its number: a "
			"LUN, "
			"seconds up to 3600, a code up to 255");
	assay_error_set(answer, 0, "%d sessions were told", told);
	return 0;
}

static const struct {
	const char *name;
	size_t least, most; /* words, its own name with them */
	int (*run)(struct assay_console *c, char **words, struct assay_error *answer);
} verbs[] = {
	{ "add-lun", 2, 3, add_lun },
	{ "remove-lun", 2, 3, remove_lun },
	{ "drop", 1, 1, drop },
	{ "announce", 2, 3, announce },
};

static int carry_out(struct assay_console *c, char **words, size_t count, struct assay_error *answer)
{
	for (size_t i = 0; count && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(words[0], verbs[i].name) && count >= verbs[i].least && count <= verbs[i].most)
			return verbs[i].run(c, words, answer);
	return assay_error_set(answer, ASSAY_E_SYNTAX,
		"'%.40s': what can be told is add-lun N=SIZE|FILE [IQN], remove-lun N [IQN], drop and "
		"announce "
		"EVENT [N]",
		count ? words[0] : "");
}

/* --- callers --- */

static void hang_up(struct caller *k)
{
	assay_server_unwatch(k->console->server, k->fd);
	close(k->fd);
	k->fd = -1;
}

/* A question is whole: words, each ended by a NUL. */
static void answer(struct caller *k)
{
	struct assay_error err = { 0 };
	char *words[WORDS_MAX + 1] = { NULL }, line[sizeof(err.message) + 8];
	size_t count = 0;
	int r;

	for (char *at = k->question; at < k->question + k->length; at += strlen(at) + 1) {
		if (count < WORDS_MAX)
			words[count] = at;
		count++;
	}
	r = carry_out(k->console, words, count, &err);
	snprintf(line, sizeof(line), "%s%s\n", r < 0 ? "no: " : "ok ", err.message);
	(void)!send(k->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT); /* who has gone misses it */
	hang_up(k);
}

static void hear(void *payload, int fd)
{
	struct caller *k = payload;
	ssize_t n = recv(fd, k->question + k->length, QUESTION_MAX - k->length, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n && k->length + (size_t)n == QUESTION_MAX)) {
		hang_up(k);
		return;
	}
	k->heard = ++k->console->heard;
	k->length += (size_t)n;
	k->question[k->length] = 0;
	if (!n)
		answer(k);
}

/* Room for one more: that of nobody, or of who has been silent longest. Whoever asks sends all of the question at once and need not fear for it. */
static struct caller *find_room(struct assay_console *c)
{
	struct caller *oldest = c->callers;

	for (struct caller *k = c->callers; k < c->callers + CALLERS_MAX; k++) {
		if (k->fd < 0)
			return k;
		if (k->heard < oldest->heard)
			oldest = k;
	}
	hang_up(oldest);
	return oldest;
}

static void take_call(void *payload, int fd)
{
	struct assay_console *c = payload;
	struct caller *k;

	fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	k = find_room(c);
	k->fd = fd;
	k->heard = ++c->heard;
	k->length = 0;
	if (assay_server_watch(c->server, fd, hear, k) < 0)
		hang_up(k);
}

int assay_console_open(struct assay_console **out, const char *path, struct assay_served *served,
	struct assay_server *server, struct assay_error *err)
{
	struct assay_console *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (!c)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	*c = (struct assay_console){ .served = served, .server = server, .path = path };
	for (size_t i = 0; i < CALLERS_MAX; i++)
		c->callers[i] = (struct caller){ .console = c, .fd = -1 };
	c->fd = assay_unix_listen(path, err);
	if (c->fd < 0) {
		int r = c->fd;

		free(c);
		return r;
	}
	*out = c;
	return assay_server_watch(server, c->fd, take_call, c) < 0
		       ? assay_error_set(err, ASSAY_E_IO, "the socket %.150s cannot be waited for", path)
		       : 0;
}

void assay_console_close(struct assay_console *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CALLERS_MAX; i++)
		if (c->callers[i].fd >= 0)
			hang_up(&c->callers[i]);
	assay_server_unwatch(c->server, c->fd);
	close(c->fd);
	unlink(c->path);
	free(c);
}
