/* fake_target.c - the targets of fake_target.h: each a child that serves until its parent lets go. No time is measured and nothing is awaited but bytes. */
#include "fake_target.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/pdu.h"
#include "target/server.h"
#include "transport/tcp.h"

#define PEERS 16

struct peer {
	int fd; /* -1: free */
	size_t have;
	uint8_t bytes[4096];
	uint32_t stat_sn;
};

struct fake {
	enum fake_way way;
	bool wrong; /* a NOP-Out was seen */
	unsigned sessions;
	struct peer peers[PEERS];
};

static void say(struct peer *p, struct assay_pdu *answer, const struct assay_pdu *request)
{
	uint8_t wire[256];
	long length;

	answer->itt = request->itt;
	answer->stat_sn = p->stat_sn++;
	answer->exp_cmd_sn = request->cmd_sn + !request->immediate;
	answer->max_cmd_sn = request->cmd_sn + 32;
	length = assay_pdu_encode(wire, sizeof(wire), answer, 0);
	if (length < 0 || send(p->fd, wire, (size_t)length, MSG_NOSIGNAL) < 0)
		abort();
}

static void answer_login(struct fake *f, struct peer *p, const struct assay_pdu *request)
{
	static const char text[] = "TargetPortalGroupTag=1";
	struct assay_pdu answer = { .opcode = ASSAY_LOGIN_RESPONSE,
		.transit = 1,
		.csg = request->csg,
		.nsg = ASSAY_STAGE_FULL_FEATURE,
		.isid = request->isid,
		.tsih = (uint16_t)++f->sessions,
		.data = (const uint8_t *)text,
		.data_length = sizeof(text) };

	if (f->wrong && f->way == FAKE_DEAF_LOGIN)
		return;
	if (f->wrong && f->way == FAKE_REFUSES)
		answer = (struct assay_pdu){ .opcode = ASSAY_LOGIN_RESPONSE,
			.csg = request->csg,
			.isid = request->isid,
			.status_class = 3 };
	say(p, &answer, request);
}

static void hang_up(struct peer *p)
{
	close(p->fd);
	p->fd = -1;
}

static void answer_nop(struct fake *f, struct peer *p, const struct assay_pdu *request)
{
	struct assay_pdu answer = { .opcode = ASSAY_NOP_IN, .final = 1, .ttt = ASSAY_TAG_RESERVED };

	f->wrong = true;
	if (f->way == FAKE_GONE)
		_exit(0);
	if (f->way == FAKE_CLOSES)
		hang_up(p);
	else if (f->way != FAKE_DEAF_SESSION)
		say(p, &answer, request);
}

/* It knows nothing else. */
static void reject(struct peer *p, const struct assay_pdu *request)
{
	struct assay_pdu answer = { .opcode = ASSAY_REJECT,
		.final = 1,
		.reason = 5,
		.data = request->bhs,
		.data_length = ASSAY_BHS_LENGTH };
	struct assay_pdu none = *request;

	none.itt = ASSAY_TAG_RESERVED;
	say(p, &answer, &none);
}

static void hear(struct fake *f, struct peer *p)
{
	ssize_t n = recv(p->fd, p->bytes + p->have, sizeof(p->bytes) - p->have, 0);
	struct assay_pdu pdu;
	long used;

	if (n <= 0) {
		hang_up(p);
		return;
	}
	p->have += (size_t)n;
	while (p->fd >= 0 && (used = assay_pdu_decode(&pdu, p->bytes, p->have, 0)) > 0) {
		if (pdu.opcode == ASSAY_LOGIN_REQUEST)
			answer_login(f, p, &pdu);
		else if (pdu.opcode == ASSAY_NOP_OUT)
			answer_nop(f, p, &pdu);
		else
			reject(p, &pdu);
		memmove(p->bytes, p->bytes + used, p->have - (size_t)used);
		p->have -= (size_t)used;
	}
}

static void take(struct fake *f, int listener)
{
	int fd = accept(listener, NULL, NULL);

	for (unsigned n = 0; fd >= 0 && n < PEERS; n++)
		if (f->peers[n].fd < 0) {
			f->peers[n] = (struct peer){ .fd = fd, .stat_sn = 1 };
			if (f->wrong && f->way == FAKE_HANGS_UP)
				hang_up(&f->peers[n]);
			return;
		}
	abort();
}

static void serve_wrong(enum fake_way way, int listener, int life)
{
	static struct fake f;
	struct pollfd fds[PEERS + 2] = { { life, POLLIN, 0 }, { listener, POLLIN, 0 } };

	f.way = way;
	for (unsigned n = 0; n < PEERS; n++)
		f.peers[n].fd = -1;
	for (;;) {
		for (unsigned n = 0; n < PEERS; n++)
			fds[n + 2] = (struct pollfd){ f.peers[n].fd, POLLIN, 0 };
		if (poll(fds, PEERS + 2, -1) < 0 || fds[0].revents)
			return;
		for (unsigned n = 0; n < PEERS; n++)
			if (fds[n + 2].revents)
				hear(&f, &f.peers[n]);
		if (fds[1].revents)
			take(&f, listener);
	}
}

static void tell_port(int fd, uint16_t port)
{
	if (write(fd, &port, sizeof(port)) != sizeof(port))
		abort();
	close(fd);
}

static void serve_builtin(int life, int told)
{
	struct assay_target *t = assay_target_new();
	struct assay_server *server;

	if (!t || assay_target_add_defaults(t, NULL) < 0)
		abort();
	assay_target_set_portal_port(t, 0, 0);
	assay_target_set_portal_port(t, 1, 0);
	if (assay_server_open(&server, t, NULL) < 0)
		abort();
	tell_port(told, assay_server_port(server, 0));
	assay_server_run(server, life);
	assay_server_close(server);
	assay_target_free(t);
}

static void child(enum fake_way way, int life, int told)
{
	uint16_t port = 0;
	int listener;

	if (way == FAKE_BUILTIN) {
		serve_builtin(life, told);
		return;
	}
	listener = assay_tcp_listen(&port, "127.0.0.1", NULL);
	if (listener < 0)
		abort();
	tell_port(told, port);
	serve_wrong(way, listener, life);
	close(listener);
}

void fake_target_start(struct fake_target *out, enum fake_way way)
{
	int life[2], told[2];

	if (pipe(life) || pipe(told) || (out->pid = fork()) < 0)
		abort();
	if (out->pid == 0) {
		close(life[1]);
		close(told[0]);
		child(way, life[0], told[1]);
		_exit(0);
	}
	close(life[0]);
	close(told[1]);
	out->life = life[1];
	if (read(told[0], &out->port, sizeof(out->port)) != sizeof(out->port))
		abort();
	close(told[0]);
}

void fake_target_stop(struct fake_target *t)
{
	close(t->life);
	waitpid(t->pid, NULL, 0);
}
