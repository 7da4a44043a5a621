/* drive_text.c - texts of logins and text requests: written anew for the live target. RFC 7143 sections 6.2, 11.10. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/drive.h"

#define TEXT_KEYS 64 /* of one PDU that are rewritten at most; text with more '=' stays as it is */

static void choose_account(struct drive *d, struct drive_link *k, const char *text, size_t length)
{
	const struct assay_replay_names *n = &d->o->names;
	char name[ASSAY_NAME_MAX + 1];
	struct assay_pair pair;

	if (!assay_text_find(&pair, text, length, "TargetName"))
		return;
	assay_value_copy(name, sizeof(name), &pair);
	if (n->target_name && n->captured_target && !strcmp(name, n->captured_target))
		snprintf(name, sizeof(name), "%s", n->target_name);
	k->account = NULL;
	for (unsigned i = d->o->account_count; i-- > 0;)
		if (!d->o->accounts[i].target || !strcmp(d->o->accounts[i].target, name))
			k->account = &d->o->accounts[i];
}

static size_t room_for(const char *text, size_t length)
{
	size_t keys = 0;

	for (size_t n = 0; n < length; n++)
		keys += text[n] == '=';
	return keys <= TEXT_KEYS ? length + keys * ASSAY_REPLAY_TEXT_MORE : 0;
}

void drive_rewrite_text(struct drive *d, struct assay_pdu *fields, uint32_t link, char **storage)
{
	struct drive_link *k = &d->links[link];
	struct assay_replay_names names = d->o->names;
	const char *text = (const char *)fields->data;
	size_t length = fields->data_length, room = room_for(text, length);
	enum assay_replay_proof proof = ASSAY_REPLAY_PROOF_NONE;
	long written;

	choose_account(d, k, text, length);
	if (k->account) {
		names.initiator = k->account->initiator;
		names.target = k->account->target_proof;
		/* A name with which no login succeeded is wrong, and stays so. */
		if (!d->s->sessions[d->s->connections[link].session].tsih)
			names.initiator.name = NULL;
	}
	assay_replay_chap_note(&k->captured_chap, ASSAY_INITIATOR, text, length);
	*storage = room ? malloc(room) : NULL;
	written = *storage ? assay_replay_rewrite_text(*storage, room, &names, ASSAY_INITIATOR,
				     &k->captured_chap, &k->chap, text, length, &proof)
			   : ASSAY_E_LIMIT;
	if (written >= 0) {
		/* As it was, padding and all, where nothing had to change. */
		if ((size_t)written != length || memcmp(*storage, text, length)) {
			fields->data = (const uint8_t *)*storage;
			fields->data_length = (uint32_t)written;
		}
	}
	d->out->proofs += proof == ASSAY_REPLAY_PROOF_WRONG || proof == ASSAY_REPLAY_PROOF_UNKNOWN;
	assay_replay_chap_note(&k->chap, ASSAY_INITIATOR, (const char *)fields->data, fields->data_length);
}

void drive_text_tag(const struct drive_link *k, struct assay_rewrite *r)
{
	r->tagged = k->text_tagged;
	r->captured_tag = k->captured_text_tag;
	r->live_tag = k->text_tag;
}
