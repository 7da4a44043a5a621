/* Goes with the first source of this folder. */
typedef int assay_runner_placeholder;
