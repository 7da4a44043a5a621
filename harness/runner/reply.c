/* reply.c - the records between a worker and the runner: length, type, fields; see reply.h. */
#include "runner/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum record { RECORD_HELLO = 1, RECORD_FAILURE, RECORD_END, RECORD_ASK };

#define RECORD_MAX (12 * (ASSAY_REPLY_STRING_MAX + 8))
#define NO_STRING  UINT32_MAX
#define HEAD       8 /* bytes: length of the record with its head, type */

struct writer {
	size_t length;
	unsigned char bytes[RECORD_MAX];
};

static void put_u32(struct writer *w, uint32_t value)
{
	memcpy(w->bytes + w->length, &value, sizeof(value));
	w->length += sizeof(value);
}

static void put_u64(struct writer *w, uint64_t value)
{
	put_u32(w, (uint32_t)(value >> 32));
	put_u32(w, (uint32_t)value);
}

static void put_string(struct writer *w, const char *text)
{
	size_t length = text ? strnlen(text, ASSAY_REPLY_STRING_MAX) : 0;

	put_u32(w, text ? (uint32_t)length : NO_STRING);
	if (text)
		memcpy(w->bytes + w->length, text, length);
	w->length += length;
}

static void start(struct writer *w, enum record type)
{
	w->length = 4;
	put_u32(w, type);
}

static int finish(struct writer *w, int fd)
{
	uint32_t length = (uint32_t)w->length;
	size_t done = 0;

	memcpy(w->bytes, &length, sizeof(length));
	while (done < w->length) {
		ssize_t n = write(fd, w->bytes + done, w->length - done);

		if (n < 0 && errno != EINTR)
			return ASSAY_E_IO;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int assay_reply_hello(int fd)
{
	struct writer w;

	start(&w, RECORD_HELLO);
	put_u32(&w, ASSAY_REPLY_VERSION);
	return finish(&w, fd);
}

/* The strings of a failure, in the order in which they travel. */
#define FAILURE_STRINGS(f)                                                                                   \
	{                                                                                                    \
		&(f)->rule, &(f)->reqs, &(f)->section, &(f)->claim, &(f)->sent, &(f)->expected, &(f)->got,   \
			&(f)->file                                                                           \
	}

int assay_reply_failure(int fd, const struct assay_failure *failure, const char *mark)
{
	const char *const *strings[] = FAILURE_STRINGS(failure);
	struct writer w;

	start(&w, RECORD_FAILURE);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		put_string(&w, *strings[i]);
	put_string(&w, mark);
	put_u32(&w, (uint32_t)failure->line);
	put_u64(&w, failure->since);
	put_u64(&w, failure->at);
	put_u32(&w, failure->should);
	return finish(&w, fd);
}

int assay_reply_end(int fd, const struct assay_outcome *outcome)
{
	struct writer w;

	start(&w, RECORD_END);
	put_u32(&w, outcome->verdict);
	put_string(&w, outcome->reason);
	put_string(&w, outcome->trouble);
	put_u64(&w, outcome->duration);
	put_u64(&w, outcome->pdus_sent);
	put_u64(&w, outcome->pdus_received);
	put_u32(&w, outcome->evidence);
	return finish(&w, fd);
}

/* What came of a question, as it travels back. */
struct answer {
	int result;
	struct assay_error error;
};

int assay_reply_ask(int fd, uint32_t what, struct assay_error *err)
{
	struct answer answer = { 0 };
	size_t have = 0;
	struct writer w;

	start(&w, RECORD_ASK);
	put_u32(&w, what);
	if (finish(&w, fd) < 0)
		return assay_error_set(err, ASSAY_E_IO, "the runner cannot be asked: %s", strerror(errno));
	while (have < sizeof(answer)) {
		ssize_t n = read(fd, (char *)&answer + have, sizeof(answer) - have);

		if (n == 0 || (n < 0 && errno != EINTR))
			return assay_error_set(err, ASSAY_E_IO, "the runner does not answer");
		have += n > 0 ? (size_t)n : 0;
	}
	if (answer.result < 0)
		*err = answer.error;
	return answer.result;
}

/* --- the runner's side --- */

struct reader {
	const unsigned char *at;
	size_t left;
	struct assay_arena *arena;
	bool bad;
};

static uint32_t get_u32(struct reader *r)
{
	uint32_t value = 0;

	if (r->left < sizeof(value)) {
		r->bad = true;
		return 0;
	}
	memcpy(&value, r->at, sizeof(value));
	r->at += sizeof(value);
	r->left -= sizeof(value);
	return value;
}

static uint64_t get_u64(struct reader *r)
{
	uint64_t high = get_u32(r);

	return high << 32 | get_u32(r);
}

static const char *get_string(struct reader *r)
{
	uint32_t length = get_u32(r);
	const char *out;

	if (r->bad || length == NO_STRING)
		return NULL;
	if (length > ASSAY_REPLY_STRING_MAX || length > r->left) {
		r->bad = true;
		return NULL;
	}
	out = assay_arena_strndup(r->arena, (const char *)r->at, length);
	r->bad = r->bad || !out;
	r->at += length;
	r->left -= length;
	return out;
}

static void take_failure(struct assay_outcome *o, struct reader *r)
{
	struct assay_failure *f = &o->failures[o->failure_count];
	const char **strings[] = FAILURE_STRINGS(f);
	const char *mark;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		*strings[i] = get_string(r);
	mark = get_string(r);
	f->line = (int)get_u32(r);
	f->since = get_u64(r);
	f->at = get_u64(r);
	f->should = get_u32(r);
	if (r->bad)
		return;
	if (mark)
		memcpy(o->marks[o->failure_count], mark, strnlen(mark, ASSAY_MARK_MAX - 1));
	o->failure_count++;
}

static void take_end(struct assay_outcome *o, struct reader *r)
{
	uint32_t verdict = get_u32(r);

	r->bad = r->bad || verdict >= ASSAY_VERDICT_COUNT;
	o->verdict = r->bad ? ASSAY_ERROR : (enum assay_verdict)verdict;
	o->reason = get_string(r);
	o->trouble = get_string(r);
	o->duration = get_u64(r);
	o->pdus_sent = get_u64(r);
	o->pdus_received = get_u64(r);
	o->evidence = get_u32(r);
	o->ended = !r->bad;
}

/* Room for failures, once there is one. */
static bool make_room(struct assay_outcome *o, struct assay_arena *arena)
{
	if (!o->failures)
		o->failures = assay_arena_alloc(arena, ASSAY_FAILURES_MAX * sizeof(*o->failures));
	if (!o->marks)
		o->marks = assay_arena_alloc(arena, ASSAY_FAILURES_MAX * sizeof(*o->marks));
	return o->failures && o->marks;
}

static int take_record(struct assay_reply *reply, const unsigned char *bytes, size_t length)
{
	struct reader r = { bytes + HEAD, length - HEAD, reply->arena, false };
	struct assay_outcome *o = &reply->outcome;
	uint32_t type;

	memcpy(&type, bytes + 4, sizeof(type));
	if ((type == RECORD_HELLO) == reply->greeted || o->ended || reply->asks)
		return ASSAY_E_SYNTAX;
	switch (type) {
	case RECORD_HELLO:
		reply->greeted = true;
		if (get_u32(&r) != ASSAY_REPLY_VERSION)
			return ASSAY_E_SYNTAX;
		break;
	case RECORD_FAILURE:
		if (o->failure_count == ASSAY_FAILURES_MAX)
			return ASSAY_E_LIMIT;
		if (!make_room(o, reply->arena))
			return ASSAY_E_NOMEM;
		take_failure(o, &r);
		break;
	case RECORD_END: take_end(o, &r); break;
	case RECORD_ASK:
		reply->asks = true;
		reply->asked = get_u32(&r);
		break;
	default: return ASSAY_E_SYNTAX;
	}
	return r.bad || r.left ? ASSAY_E_SYNTAX : 0;
}

void assay_reply_init(struct assay_reply *r, struct assay_arena *arena)
{
	*r = (struct assay_reply){ .arena = arena };
	r->outcome.verdict = ASSAY_ERROR;
}

static int keep(struct assay_reply *r, const void *bytes, size_t length)
{
	if (length > ASSAY_REPLY_MAX - r->total)
		return ASSAY_E_LIMIT;
	r->total += length;
	if (r->pending_length + length > r->pending_capacity) {
		size_t capacity = 2 * (r->pending_length + length);
		unsigned char *pending = realloc(r->pending, capacity);

		if (!pending)
			return ASSAY_E_NOMEM;
		r->pending = pending;
		r->pending_capacity = capacity;
	}
	memcpy(r->pending + r->pending_length, bytes, length);
	r->pending_length += length;
	return 0;
}

int assay_reply_feed(struct assay_reply *r, const void *bytes, size_t length)
{
	size_t done = 0;
	int result = length ? keep(r, bytes, length) : 0;

	while (!result && r->pending_length - done >= HEAD) {
		uint32_t record;

		memcpy(&record, r->pending + done, sizeof(record));
		if (record < HEAD || record > RECORD_MAX)
			return ASSAY_E_SYNTAX;
		if (record > r->pending_length - done)
			break;
		result = take_record(r, r->pending + done, record);
		done += record;
	}
	if (!result && done) {
		r->pending_length -= done;
		memmove(r->pending, r->pending + done, r->pending_length);
	}
	return result;
}

void assay_reply_answer(struct assay_reply *r, int fd, int result, const struct assay_error *err)
{
	struct answer answer = { .result = result };

	if (result < 0)
		answer.error = *err;
	r->asks = false;
	/* A worker that is gone meanwhile has no use for it; the socket holds more than this. */
	(void)send(fd, &answer, sizeof(answer), MSG_NOSIGNAL);
}

void assay_reply_release(struct assay_reply *r)
{
	free(r->pending);
	r->pending = NULL;
}
