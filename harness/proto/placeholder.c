/* Goes with the first source of this folder. */
typedef int assay_proto_placeholder;
