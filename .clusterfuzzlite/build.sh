#!/usr/bin/env bash
# build.sh - what the services call.
exec fuzz/ossfuzz-build
