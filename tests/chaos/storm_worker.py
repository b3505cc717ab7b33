#!/usr/bin/env python3
"""The worker of workflow_storm_test.cpp: examples/workers/worker.py, with work that is counted.

Each run is one step, and each line of the file --log tells what happened, in the order in which it did: a line is one
write to a file that several workers append to.

    ask  WORKFLOW RUN          before the node is asked for the step
    do   WORKFLOW RUN ID       the node had no record of it: it is done, as ID
    done WORKFLOW RUN ID       the node has acknowledged the step's record
"""

import itertools
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "workers"))
import worker  # noqa: E402

numbers = itertools.count(1)


def note(*words):
    log = os.open(worker.options.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(log, (" ".join(map(str, words)) + "\n").encode())
    finally:
        os.close(log)


def work(run):
    if isinstance(run.input, dict) and run.input.get("fails") and run.phase == "maybe":
        raise worker.Failure("planned", "this one is to fail", final=True)
    note("ask", run.workflow, run.run)
    begun = run.ask("step.begin", step="only")
    if begun["recorded"]:
        return {"done": begun["result"]}
    name = f"{os.getpid()}-{next(numbers)}"
    note("do", run.workflow, run.run, name)
    done = run.ask("step.complete", step="only", result=name)
    stands = done["result"] if done["recorded"] else name
    note("done", run.workflow, run.run, stands)
    return {"done": stands}


worker.work = work
worker.main()
