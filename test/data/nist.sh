#!/bin/bash
. "$(dirname "$0")/lib.bash"
run_set nist
