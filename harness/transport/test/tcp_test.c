/* tcp_test.c - streams over loopback TCP: the allow-list, deadlines, FIN and RST. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit.h"
#include "transport/tcp.h"

#define SHORT_TIME (20 * ASSAY_MILLISECOND)

struct pair {
	struct assay_stream *a, *b;
};

/* Two ends of a connection to host. False when this machine has no such address (no IPv6). */
static bool connect_pair(struct pair *out, const char *host)
{
	struct assay_tcp_dialer d;
	struct assay_error err = { 0 };
	uint16_t port = 0;
	int listener = assay_tcp_listen(&port, host, &err);

	if (listener < 0)
		return false;
	CU_ASSERT_NOT_EQUAL(port, 0);
	assay_tcp_dialer_init(&d);
	CU_ASSERT_EQUAL(assay_tcp_allow(&d, host, port), 0);
	CU_ASSERT_EQUAL_FATAL(d.dialer.dial(&d.dialer, &out->a, host, port, NULL, ASSAY_SECOND, &err), 0);

	int fd = accept(listener, NULL, NULL);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(assay_tcp_wrap(&out->b, fd), 0);
	close(listener);
	return true;
}

/* A connection comes from the address that is asked for, or does not come. */
static void from_an_address(void)
{
	struct assay_tcp_dialer d;
	struct assay_error err = { 0 };
	struct assay_stream *s = NULL;
	uint16_t port = 0;
	int listener = assay_tcp_listen(&port, "127.0.0.1", &err);

	CU_ASSERT_FATAL(listener >= 0);
	assay_tcp_dialer_init(&d);
	assay_tcp_allow(&d, "127.0.0.1", port);
	CU_ASSERT_EQUAL_FATAL(
		d.dialer.dial(&d.dialer, &s, "127.0.0.1", port, "127.0.0.2", ASSAY_SECOND, &err), 0);
	CU_ASSERT_EQUAL(strncmp(s->local, "127.0.0.2:", 10), 0);
	assay_stream_close(s);
	CU_ASSERT_EQUAL(
		d.dialer.dial(&d.dialer, &s, "127.0.0.1", port, "192.0.2.1", ASSAY_SECOND, &err), ASSAY_E_IO);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "from 192.0.2.1"));
	CU_ASSERT_EQUAL(
		d.dialer.dial(&d.dialer, &s, "127.0.0.1", port, "::1", ASSAY_SECOND, &err), ASSAY_E_IO);
	close(listener);
}

static void only_named_addresses(void)
{
	struct assay_tcp_dialer d;
	struct assay_error err = { 0 };
	struct assay_stream *s = NULL;
	uint16_t port = assay_tcp_free_port("127.0.0.1");

	assay_tcp_dialer_init(&d);
	assay_tcp_allow(&d, "127.0.0.1", port);
	assay_tcp_allow(&d, "::1", port);
	CU_ASSERT_EQUAL(
		d.dialer.dial(&d.dialer, &s, "127.0.0.2", port, NULL, ASSAY_SECOND, &err), ASSAY_E_REFUSED);
	CU_ASSERT_EQUAL(
		d.dialer.dial(&d.dialer, &s, "127.0.0.1", (uint16_t)(port ^ 1), NULL, ASSAY_SECOND, &err),
		ASSAY_E_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "127.0.0.1"));
	CU_ASSERT_EQUAL(
		d.dialer.dial(&d.dialer, &s, "127.0.0.1", port, NULL, ASSAY_SECOND, &err), ASSAY_E_CONNECT);
	CU_ASSERT_NOT_EQUAL(d.dialer.dial(&d.dialer, &s, "0:0:0:0:0:0:0:1", port, NULL, ASSAY_SECOND, &err),
		ASSAY_E_REFUSED);
	d.follow_portals = true;
	CU_ASSERT_EQUAL(
		d.dialer.dial(&d.dialer, &s, "127.0.0.2", port, NULL, ASSAY_SECOND, &err), ASSAY_E_CONNECT);
	CU_ASSERT_PTR_NULL(s);
}

static void bytes_and_fin(const char *host)
{
	struct pair p;
	char buf[16];

	if (!connect_pair(&p, host))
		return;
	CU_ASSERT_STRING_EQUAL(p.a->local, p.b->remote);
	CU_ASSERT_STRING_EQUAL(p.a->remote, p.b->local);
	CU_ASSERT_EQUAL(assay_stream_send(p.a, "hello", 5, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(assay_stream_finish(p.a), 0);
	CU_ASSERT_EQUAL(assay_stream_recv(p.b, buf, sizeof(buf), assay_stream_now(p.b) + ASSAY_SECOND), 5);
	CU_ASSERT_EQUAL(assay_stream_recv(p.b, buf, sizeof(buf), assay_stream_now(p.b) + ASSAY_SECOND),
		ASSAY_E_CLOSED);
	assay_stream_close(p.b);
	CU_ASSERT_EQUAL(assay_stream_recv(p.a, buf, sizeof(buf), assay_stream_now(p.a) + ASSAY_SECOND),
		ASSAY_E_CLOSED);
	assay_stream_close(p.a);
	assay_stream_close(NULL);
}

static void over_ipv4(void)
{
	bytes_and_fin("127.0.0.1");
}

static void over_ipv6(void)
{
	bytes_and_fin("::1");
}

static void a_silent_peer_times_out(void)
{
	static char bulk[1 << 20];
	struct pair p;
	char buf[16];

	CU_ASSERT_FATAL(connect_pair(&p, "127.0.0.1"));
	CU_ASSERT_EQUAL(assay_stream_recv(p.a, buf, sizeof(buf), assay_stream_now(p.a) + SHORT_TIME),
		ASSAY_E_TIMEOUT);

	int rc = 0;

	for (int n = 0; n < 64 && rc == 0; n++)
		rc = assay_stream_send(p.a, bulk, sizeof(bulk), assay_stream_now(p.a) + SHORT_TIME);
	CU_ASSERT_EQUAL(rc, ASSAY_E_TIMEOUT);
	assay_stream_close(p.a);
	assay_stream_close(p.b);
}

static void a_reset_is_no_fin(void)
{
	struct pair p;
	char buf[16];

	CU_ASSERT_FATAL(connect_pair(&p, "127.0.0.1"));
	assay_stream_reset(p.b);
	CU_ASSERT_EQUAL(assay_stream_recv(p.a, buf, sizeof(buf), assay_stream_now(p.a) + ASSAY_SECOND),
		ASSAY_E_RESET);
	CU_ASSERT_EQUAL(assay_stream_send(p.b, "x", 1, 0), ASSAY_E_INVAL);
	assay_stream_close(p.a);
	assay_stream_close(p.b);
}

static void a_close_with_unread_bytes_is_a_fin(void)
{
	struct pair p;
	char buf[16];

	CU_ASSERT_FATAL(connect_pair(&p, "127.0.0.1"));
	assay_stream_send(p.a, "unread", 6, UINT64_MAX);
	assay_stream_close(p.b);
	CU_ASSERT_EQUAL(assay_stream_recv(p.a, buf, sizeof(buf), assay_stream_now(p.a) + ASSAY_SECOND),
		ASSAY_E_CLOSED);
	assay_stream_close(p.a);
}

static void listening_fails_in_words(void)
{
	struct assay_error err = { 0 };
	uint16_t port = 0;

	CU_ASSERT_EQUAL(assay_tcp_listen(&port, "192.0.2.1", &err), ASSAY_E_IO);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "192.0.2.1"));
}

/* One address, as often as one likes; streams are used again; closing resets. */
static void lean_connections(void)
{
	struct assay_tcp_lean *d;
	struct assay_dialer *dialer;
	struct assay_stream *s[17], *other = NULL;
	struct assay_error err = { 0 };
	uint16_t port = 0;
	int listener = assay_tcp_listen(&port, "127.0.0.1", &err), n;
	char byte[4];

	CU_ASSERT_EQUAL_FATAL(assay_tcp_lean_new(&d, "127.0.0.1", port, &err), 0);
	dialer = assay_tcp_lean_dialer(d);
	CU_ASSERT_EQUAL(
		dialer->dial(dialer, &other, "127.0.0.2", port, NULL, ASSAY_SECOND, &err), ASSAY_E_REFUSED);
	for (int round = 0; round < 3; round++) {
		for (n = 0; n < 16; n++)
			CU_ASSERT_EQUAL_FATAL(
				dialer->dial(dialer, &s[n], "127.0.0.1", port, NULL, ASSAY_SECOND, &err), 0);
		CU_ASSERT_EQUAL(dialer->dial(dialer, &s[16], "127.0.0.1", port, NULL, ASSAY_SECOND, &err),
			ASSAY_E_LIMIT);
		int fd = accept(listener, NULL, NULL);

		CU_ASSERT_EQUAL(strncmp(s[0]->local, "127.0.0.1:", 10), 0);
		CU_ASSERT_EQUAL(assay_stream_recv(s[0], byte, 4, assay_stream_now(s[0]) + SHORT_TIME),
			ASSAY_E_TIMEOUT);
		CU_ASSERT_EQUAL(assay_stream_recv(s[0], byte, 4, assay_stream_now(s[0]) + 2 * SHORT_TIME),
			ASSAY_E_TIMEOUT);
		CU_ASSERT_EQUAL(assay_stream_send(s[0], "ab", 2, assay_stream_now(s[0]) + ASSAY_SECOND), 0);
		CU_ASSERT_EQUAL(assay_stream_send(s[0], "cd", 2, assay_stream_now(s[0]) + ASSAY_SECOND), 0);
		CU_ASSERT_EQUAL(recv(fd, byte, 4, MSG_WAITALL), 4);
		CU_ASSERT_EQUAL(send(fd, "x", 1, 0), 1);
		CU_ASSERT_EQUAL(assay_stream_recv(s[0], byte, 4, assay_stream_now(s[0]) + ASSAY_SECOND), 1);
		CU_ASSERT_EQUAL(assay_stream_finish(s[0]), 0);
		CU_ASSERT_EQUAL(recv(fd, byte, 4, 0), 0);
		assay_stream_close(s[0]);
		CU_ASSERT(send(fd, "x", 1, MSG_NOSIGNAL) < 0);
		close(fd);
		for (n = 1; n < 16; n++) {
			assay_stream_close(s[n]);
			close(accept(listener, NULL, NULL));
		}
	}
	close(listener);
	CU_ASSERT_EQUAL(
		dialer->dial(dialer, &other, "127.0.0.1", port, NULL, ASSAY_SECOND, &err), ASSAY_E_CONNECT);
	assay_tcp_lean_free(d);
	CU_ASSERT_EQUAL(assay_tcp_lean_new(&d, "no such host", 1, &err), ASSAY_E_CONNECT);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(only_named_addresses),
	UNIT_TEST(from_an_address),
	UNIT_TEST(lean_connections),
	UNIT_TEST(over_ipv4),
	UNIT_TEST(over_ipv6),
	UNIT_TEST(a_silent_peer_times_out),
	UNIT_TEST(a_reset_is_no_fin),
	UNIT_TEST(a_close_with_unread_bytes_is_a_fin),
	UNIT_TEST(listening_fails_in_words),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("tcp", tests);
}
