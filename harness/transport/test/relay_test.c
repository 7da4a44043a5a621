/*
 * relay_test.c - bytes, half-closes and resets through a relay in a thread of its own, what its observer is told and in which order, a receiver that does not read, a target that is not there, and more
 * connections than there are places. Nobody sleeps: each wait is for something that must come.
 */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit.h"
#include "transport/relay.h"
#include "transport/tcp.h"

#define LONG_TIME (20 * ASSAY_SECOND)

static struct world {
	struct assay_relay *relay;
	pthread_t thread;
	int stop, target; /* target: listens */
	uint16_t port;
	int result; /* of assay_relay_run */
	char said[4096]; /* by the observer; read once the relay has ended */
	uint64_t bytes[2], opened, closed[3], failed;
	bool stop_writing; /* pause is to fail */
} w;

static void say(const char *format, unsigned a, const char *b)
{
	size_t at = strlen(w.said);

	snprintf(w.said + at, sizeof(w.said) - at, format, a, b);
}

static const char *way(enum assay_dir dir)
{
	return dir == ASSAY_TO_TARGET ? ">" : "<";
}

static void on_opened(void *payload, uint32_t connection, const char *from, const char *to)
{
	(void)payload;
	w.opened++;
	CU_ASSERT_EQUAL(strncmp(from, "127.0.0.1:", 10), 0);
	CU_ASSERT_EQUAL(strncmp(to, "127.0.0.1:", 10), 0);
	say("%u open;%s", connection, "");
}

static void on_bytes(void *payload, uint32_t connection, enum assay_dir dir, const void *bytes, size_t length)
{
	(void)payload;
	(void)bytes;
	w.bytes[dir] += length;
	if (length < 100)
		say("%u bytes%s;", connection, way(dir));
}

static void on_finished(void *payload, uint32_t connection, enum assay_dir dir)
{
	(void)payload;
	say("%u fin%s;", connection, way(dir));
}

static void on_closed(void *payload, uint32_t connection, enum assay_relay_end how, enum assay_dir dir)
{
	(void)payload;
	w.closed[how]++;
	if (how == ASSAY_RELAY_RESET)
		say("%u reset%s;", connection, way(dir));
}

static void on_failed(void *payload, const char *from, const char *why)
{
	(void)payload;
	(void)from;
	CU_ASSERT(why[0] != 0);
	w.failed++;
}

static int on_pause(void *payload)
{
	(void)payload;
	return w.stop_writing && w.bytes[ASSAY_TO_TARGET] ? ASSAY_E_IO : 0;
}

static void *run(void *payload)
{
	(void)payload;
	w.result = assay_relay_run(w.relay, w.stop);
	return NULL;
}

/* A port that nobody else gets, and where nobody listens: it is bound, and that is all. */
static int taken_port(uint16_t *out)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&sa, &length), 0);
	*out = ntohs(sa.sin_port);
	return fd;
}

/* A relay to a listener of ours, or to a port where nobody listens. */
static void start(bool target)
{
	const struct assay_relay_observer observer = { &w, on_opened, on_bytes, on_finished, on_closed,
		on_failed, on_pause };
	struct assay_error err = { 0 };
	uint16_t to = 0;

	memset(&w, 0, sizeof(w));
	w.stop = eventfd(0, EFD_CLOEXEC);
	w.target = target ? assay_tcp_listen(&to, "127.0.0.1", &err) : taken_port(&to);
	CU_ASSERT_FATAL(w.target >= 0);
	CU_ASSERT_EQUAL_FATAL(
		assay_relay_open(&w.relay, "127.0.0.1", &w.port, "127.0.0.1", to, &observer, &err), 0);
	CU_ASSERT_NOT_EQUAL(w.port, 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&w.thread, NULL, run, NULL), 0);
}

/* The relay ends; what it said may be read now. */
static void join(void)
{
	pthread_join(w.thread, NULL);
	assay_relay_close(w.relay);
	close(w.stop);
}

static void stop(void)
{
	const uint64_t one = 1;

	CU_ASSERT_EQUAL(write(w.stop, &one, sizeof(one)), sizeof(one));
	join();
	close(w.target);
}

static int try_to_dial(struct assay_stream **out)
{
	struct assay_tcp_dialer d;

	assay_tcp_dialer_init(&d);
	assay_tcp_allow(&d, "127.0.0.1", w.port);
	return d.dialer.dial(&d.dialer, out, "127.0.0.1", w.port, NULL, LONG_TIME, NULL);
}

static struct assay_stream *dial(void)
{
	struct assay_stream *s = NULL;

	CU_ASSERT_EQUAL_FATAL(try_to_dial(&s), 0);
	return s;
}

/* The other end of what was dialled last. */
static struct assay_stream *take(void)
{
	struct pollfd p = { .fd = w.target, .events = POLLIN };
	struct assay_stream *s = NULL;
	int fd;

	CU_ASSERT_EQUAL_FATAL(poll(&p, 1, 20000), 1);
	fd = accept(w.target, NULL, NULL);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(assay_tcp_wrap(&s, fd), 0);
	return s;
}

static uint64_t soon(struct assay_stream *s)
{
	return assay_stream_now(s) + LONG_TIME;
}

static void expect(struct assay_stream *s, const char *words)
{
	char got[64] = "";
	size_t at = 0;

	while (at < strlen(words)) {
		long n = assay_stream_recv(s, got + at, sizeof(got) - 1 - at, soon(s));

		CU_ASSERT_FATAL(n > 0);
		at += (size_t)n;
	}
	CU_ASSERT_STRING_EQUAL(got, words);
}

static void expect_end(struct assay_stream *s, int how)
{
	char byte;

	CU_ASSERT_EQUAL(assay_stream_recv(s, &byte, 1, soon(s)), how);
}

static void both_ways_and_half_closes(void)
{
	struct assay_stream *a, *b;

	start(true);
	a = dial();
	b = take();
	assay_stream_send(a, "question", 8, soon(a));
	expect(b, "question");
	assay_stream_send(b, "answer", 6, soon(b));
	expect(a, "answer");
	assay_stream_finish(a);
	expect_end(b, ASSAY_E_CLOSED);
	assay_stream_send(b, "late", 4, soon(b)); /* the other way is still open */
	expect(a, "late");
	assay_stream_close(b);
	expect_end(a, ASSAY_E_CLOSED);
	assay_stream_close(a);
	stop();
	CU_ASSERT_STRING_EQUAL(w.said, "0 open;0 bytes>;0 bytes<;0 fin>;0 bytes<;0 fin<;");
	CU_ASSERT_EQUAL(w.closed[ASSAY_RELAY_CLOSED], 1);
	CU_ASSERT_EQUAL(w.result, 0);
}

static void resets_go_through(void)
{
	struct assay_stream *a, *b;

	start(true);
	a = dial();
	b = take();
	assay_stream_send(b, "words", 5, soon(b));
	expect(a, "words");
	assay_stream_reset(b);
	expect_end(a, ASSAY_E_RESET);
	assay_stream_close(a);
	assay_stream_close(b);
	a = dial();
	b = take();
	assay_stream_reset(a);
	expect_end(b, ASSAY_E_RESET);
	assay_stream_close(a);
	assay_stream_close(b);
	stop();
	CU_ASSERT_STRING_EQUAL(w.said, "0 open;0 bytes<;0 reset<;0 open;0 reset>;");
}

/* Nothing is read of one side that the other does not take; a short time-out shows that sending stops. */
static void who_does_not_read_holds_up_the_other(void)
{
	static char bulk[1 << 20];
	struct assay_stream *a, *b;
	uint64_t sent = 0, got = 0;

	start(true);
	a = dial();
	b = take();
	while (sent < 256u << 20 &&
		assay_stream_send(a, bulk, sizeof(bulk), assay_stream_now(a) + 100 * ASSAY_MILLISECOND) == 0)
		sent += sizeof(bulk);
	CU_ASSERT(sent < 256u << 20);
	assay_stream_finish(a);
	for (long n = 1; n > 0; got += n > 0 ? (uint64_t)n : 0)
		n = assay_stream_recv(b, bulk, sizeof(bulk), soon(b));
	CU_ASSERT(got >= sent);
	assay_stream_close(b);
	expect_end(a, ASSAY_E_CLOSED);
	assay_stream_close(a);
	stop();
	CU_ASSERT_EQUAL(w.bytes[ASSAY_TO_TARGET], got);
	CU_ASSERT_EQUAL(w.closed[ASSAY_RELAY_CLOSED], 1);
}

/* The reset of a side whose bytes nobody wants now is seen all the same. */
static void a_reset_of_who_is_held_up(void)
{
	static char bulk[1 << 20];
	struct assay_stream *a, *b;
	long n = 1;

	start(true);
	a = dial();
	b = take();
	while (assay_stream_send(a, bulk, sizeof(bulk), assay_stream_now(a) + 100 * ASSAY_MILLISECOND) == 0)
		;
	assay_stream_reset(a);
	while (n > 0)
		n = assay_stream_recv(b, bulk, sizeof(bulk), soon(b));
	CU_ASSERT_EQUAL(n, ASSAY_E_RESET);
	assay_stream_close(a);
	assay_stream_close(b);
	stop();
	CU_ASSERT_EQUAL(w.closed[ASSAY_RELAY_RESET], 1);
}

/* The reset may come before dialling is over. */
static void no_target(void)
{
	struct assay_stream *a = NULL;

	start(false);
	if (try_to_dial(&a) == 0) {
		expect_end(a, ASSAY_E_RESET);
		assay_stream_close(a);
	}
	stop();
	CU_ASSERT_EQUAL(w.failed, 1);
	CU_ASSERT_EQUAL(w.opened, 0);
}

/* The one too many is served once another has gone. */
static void more_than_there_are_places(void)
{
	struct assay_stream *a[ASSAY_RELAY_MAX + 1], *b[ASSAY_RELAY_MAX + 1];

	start(true);
	for (unsigned i = 0; i < ASSAY_RELAY_MAX; i++) {
		a[i] = dial();
		b[i] = take();
	}
	a[ASSAY_RELAY_MAX] = dial();
	assay_stream_send(a[ASSAY_RELAY_MAX], "hello", 5, soon(a[0]));
	assay_stream_close(a[7]);
	expect_end(b[7], ASSAY_E_CLOSED);
	assay_stream_close(b[7]);
	b[ASSAY_RELAY_MAX] = take();
	expect(b[ASSAY_RELAY_MAX], "hello");
	stop();
	for (unsigned i = 0; i <= ASSAY_RELAY_MAX; i++) {
		if (i == 7)
			continue;
		expect_end(a[i], ASSAY_E_CLOSED);
		assay_stream_close(a[i]);
		assay_stream_close(b[i]);
	}
	CU_ASSERT_EQUAL(w.opened, ASSAY_RELAY_MAX + 1);
	CU_ASSERT_EQUAL(w.closed[ASSAY_RELAY_CLOSED], 1);
	CU_ASSERT_EQUAL(w.closed[ASSAY_RELAY_STOPPED], ASSAY_RELAY_MAX);
}

static void an_observer_that_fails_ends_it(void)
{
	struct assay_stream *a, *b;

	start(true);
	w.stop_writing = true; /* read once there are bytes: sending them makes this seen */
	a = dial();
	b = take();
	assay_stream_send(a, "x", 1, soon(a));
	expect_end(a, ASSAY_E_CLOSED);
	join();
	close(w.target);
	assay_stream_close(a);
	assay_stream_close(b);
	CU_ASSERT_EQUAL(w.result, ASSAY_E_IO);
}

static void what_cannot_be(void)
{
	const struct assay_relay_observer observer = { 0 };
	struct assay_error err = { 0 };
	struct assay_relay *r;
	uint16_t port = 0;

	CU_ASSERT(assay_relay_open(&r, "192.0.2.1", &port, "127.0.0.1", 1, &observer, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "192.0.2.1"));
	CU_ASSERT_PTR_NULL(r);
	CU_ASSERT(assay_relay_open(&r, "127.0.0.1", &port, "no such host", 1, &observer, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "no such host"));
	CU_ASSERT_PTR_NULL(r);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(both_ways_and_half_closes),
	UNIT_TEST(resets_go_through),
	UNIT_TEST(who_does_not_read_holds_up_the_other),
	UNIT_TEST(a_reset_of_who_is_held_up),
	UNIT_TEST(no_target),
	UNIT_TEST(more_than_there_are_places),
	UNIT_TEST(an_observer_that_fails_ends_it),
	UNIT_TEST(what_cannot_be),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("relay", tests);
}
