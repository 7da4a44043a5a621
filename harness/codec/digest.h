/* digest.h - CRC32C as iSCSI uses it, RFC 7143 section 13.1; test vectors in its appendix A.4. */
#ifndef ASSAY_CODEC_DIGEST_H
#define ASSAY_CODEC_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* The digest of bytes as the big-endian number of its four bytes on the wire (32 zeros: 0xaa36918a). */
uint32_t assay_digest(const void *bytes, size_t length);

/* The digest of a data segment and its padding of up to three bytes, which stand apart. */
uint32_t assay_digest_padded(const void *bytes, size_t length, const uint8_t *padding, size_t padding_length);

#endif
