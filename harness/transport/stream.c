/* stream.c - the calls of stream.h, passed on to the kind of stream. No protocol, no state of its own. */
#include "transport/stream.h"

int assay_stream_send(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline)
{
	return s->ops->send(s, bytes, length, deadline);
}

long assay_stream_recv(struct assay_stream *s, void *out, size_t capacity, uint64_t deadline)
{
	return s->ops->recv(s, out, capacity, deadline);
}

int assay_stream_finish(struct assay_stream *s)
{
	return s->ops->finish(s);
}

void assay_stream_reset(struct assay_stream *s)
{
	s->ops->reset(s);
}

void assay_stream_close(struct assay_stream *s)
{
	if (s)
		s->ops->close(s);
}

uint64_t assay_stream_now(struct assay_stream *s)
{
	return s->ops->now(s);
}
