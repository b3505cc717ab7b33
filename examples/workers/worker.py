#!/usr/bin/env python3
"""A worker for phases of Ropewalk workflows, in Python 3.11 without any package.

    worker.py --nats nats://127.0.0.1:4222 --org acme --agent agents.design --task builders

It serves phases of kind `agent` by a subscription in a queue group, and pulls phases of kind `task` from the
JetStream work queue. Change work(), and what it calls, into your own. The protocol is described in docs/workflows.md,
"Workers"; the NATS client protocol in https://docs.nats.io/reference/reference-protocols/nats-protocol. For TLS and
clusters take a NATS client library and keep the rest.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import queue as queues
import secrets
import signal
import socket
import threading
import time
import urllib.parse


# ---- the work ----


def work(run):
    """Three parts. What a part's step has recorded is not done again, whoever dies in between."""
    done = {}
    for part in ("fetch", "make", "check"):
        done[part] = run.step(part, lambda: one_part(run, part))
        run.progress({"done": list(done)})
    return {run.phase: done}


def one_part(run, part):
    time.sleep(options.pace)
    if options.log:
        with open(options.log, "a", encoding="utf-8") as log:
            log.write(f"{run.workflow} {run.phase} {part}\n")
    return f"{part} of {json.dumps(run.input)[:100]}"


# ---- runs ----


class Problem(Exception):
    """What a node refused: code like 409, type like "run_over"."""

    def __init__(self, code, body):
        self.code = int(code)
        self.type = body.get("type", "").removeprefix("urn:ropewalk:problem:")
        self.retryable = body.get("retryable", False)
        super().__init__(body.get("detail", self.type))


class Failure(Exception):
    """Raised by the work: an error of the attempt. final: no further attempt."""

    def __init__(self, code, message="", final=False):
        super().__init__(message)
        self.code, self.final = code, final


class Run:
    """One attempt of one phase, as a worker is given it."""

    def __init__(self, connection, message, say):
        self.connection, self.say = connection, say
        self.run, self.attempt, self.phase = message["run"], message["attempt"], message["phase"]
        self.workflow, self.org, self.input = message["workflow"], message["org"], message["input"]
        self.compensation = message.get("compensation", False)
        self.subject, self.token = message["subject"], message["token"]
        self.deadlines = message.get("deadlines", {})

    def ask(self, verb, **fields):
        """A request to the instance: again and again while it is not there, with the same content."""
        body = {"run": self.run, "token": self.token, **fields}
        pause = 0.05
        while True:
            try:
                return self.connection.request(f"{self.subject}.{verb}", body)
            except (Problem, TimeoutError) as why:
                if isinstance(why, Problem) and not why.retryable:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, 2)

    def step(self, name, do):
        """Does a part of the work once: a recorded result is returned instead."""
        begun = self.ask("step.begin", step=name)
        if begun["recorded"]:
            return begun["result"]
        result = do()
        done = self.ask("step.complete", step=name, result=result)
        return done["result"] if done["recorded"] else result  # another attempt was first

    def progress(self, what):
        self.say({"progress": what})

    def outcome(self):
        """{"result"} or {"error"}; None where the run is over and nobody waits."""
        try:
            return {"result": work(self)}
        except Problem as why:
            if why.type in ("run_over", "attempt_over", "run_not_found", "workflow_not_found"):
                return None
            return {"error": {"code": why.type, "message": str(why)[:1000]}}
        except Failure as why:
            return {"error": {"code": why.code, "message": str(why)[:1000], "final": why.final}}
        except Exception as why:  # a bug of the work is an error of the attempt
            return {"error": {"code": type(why).__name__, "message": str(why)[:1000]}}


class Alive:
    """Says it every so often while the work is done."""

    def __init__(self, run, say, most):
        due = run.deadlines.get("heartbeat")
        if due:
            left = datetime.datetime.fromisoformat(due).timestamp() - time.time()
            most = min(most, max(left / 3, 0.05))
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.go_on, args=(say, most), daemon=True)

    def go_on(self, say, every):
        while not self.over.wait(every):
            say()

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()


# ---- agent phases: a request, its replies ----


def serve_agent(connection, pool, subject):
    def asked(message):
        if message.reply:
            pool.submit(answer, message)

    def answer(message):
        def say(what):
            connection.publish(message.reply, what)

        run = Run(connection, json.loads(message.body), say)
        with Alive(run, lambda: say({"heartbeat": True}), 10):
            said = run.outcome()
        if said is not None:
            say(said)

    connection.subscribe(subject, asked, queue="workers")


# ---- task phases: a work queue ----


def serve_tasks(connection, pool, prefix, org, queue, ack_wait, at_once):
    stream = prefix.upper().replace(".", "_") + "_TASKS"
    durable = f"{org}_{queue}"
    consumer = {
        "durable_name": durable,
        "ack_policy": "explicit",
        "filter_subject": f"{prefix}.v1.{org}.task.{queue}",
        "ack_wait": int(ack_wait * 1e9),  # after so long without a word another worker gets the message
        "max_ack_pending": 1000,
    }
    free = threading.Semaphore(at_once)  # nothing is pulled that cannot be begun

    def perform(message):
        try:
            run = Run(connection, json.loads(message.body), lambda what: None)
            run.say = lambda what: beat(run, **what)

            def alive():
                connection.publish(message.reply, "+WPI")
                beat(run)

            with Alive(run, alive, ack_wait / 3):
                said = run.outcome()
            if said is not None:
                try:
                    run.ask("complete", attempt=run.attempt, worker=connection.name, **said)
                except Problem as why:
                    print(f"run {run.run} of {run.workflow}: {why}", flush=True)
            connection.publish(message.reply, "+ACK")  # not before the instance has it
        finally:
            free.release()

    def beat(run, **what):
        try:
            body = {"run": run.run, "attempt": run.attempt, "token": run.token, **what}
            connection.request(f"{run.subject}.heartbeat", body, patience=2)
        except (Problem, TimeoutError):
            pass  # the next step or the completion says what is wrong

    came = queues.SimpleQueue()
    inbox = connection.inbox_of(came.put)  # messages keep their own subjects: an inbox for nothing else

    def make_consumer():
        body = {"stream_name": stream, "config": consumer}
        said = connection.request(f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{durable}", body)
        if "error" in said:
            raise RuntimeError(said["error"]["description"])

    def pull():
        made = False
        while True:
            free.acquire()
            taken = False
            try:
                if not made:
                    make_consumer()
                made = True
                ask = {"batch": 1, "expires": 5_000_000_000}
                connection.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}", ask, inbox)
                message = came.get(timeout=7)
                if not message.status:
                    pool.submit(perform, message)
                    taken = True
                elif message.status not in ("404", "408"):  # nothing there
                    raise RuntimeError(f"status {message.status}")
            except (RuntimeError, TimeoutError, Problem, queues.Empty) as why:  # no stream yet, or no server
                made = False
                print(f"queue {queue}: {why or 'no answer'}; trying again", flush=True)
                time.sleep(0.5)
            finally:
                if not taken:
                    free.release()

    threading.Thread(target=pull, daemon=True).start()


# ---- the NATS client protocol ----


class Message:
    def __init__(self, subject, reply, header, body):
        self.subject, self.reply, self.body = subject, reply, body
        lines = header.decode("utf-8", "replace").split("\r\n") if header else [""]
        self.status = lines[0][8:].strip()[:3]  # NATS/1.0 503
        pairs = (line.split(":", 1) for line in lines[1:] if ":" in line)
        self.headers = {name.strip(): value.strip() for name, value in pairs}


class Connection:
    """Connects, and again whenever the connection is lost. Threads may share it."""

    def __init__(self, url, name):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 4222)
        self.hello = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "name": name}
        if parts.username is not None:
            self.hello |= {"user": urllib.parse.unquote(parts.username), "pass": urllib.parse.unquote(parts.password or "")}
        self.name = name
        self.lock = threading.Lock()
        self.socket = None
        self.up = threading.Event()
        self.subscriptions = {}  # sid: (subject, queue, callback)
        self.waiting = {}  # reply subject: future
        self.inbox = "_INBOX." + secrets.token_hex(12)
        self.numbers = 0
        self.subscribe(self.inbox + ".*", self.answered)
        threading.Thread(target=self.stay_connected, daemon=True).start()

    def publish(self, subject, body, reply=""):
        data = body if isinstance(body, str) else json.dumps(body)
        data = data.encode()
        self.send(f"PUB {subject} {reply} {len(data)}\r\n".encode() + data + b"\r\n")

    def subscribe(self, subject, callback, queue=""):
        """callback(message) runs on the reading thread and must not block."""
        with self.lock:
            sid = len(self.subscriptions) + 1
            self.subscriptions[sid] = (subject, queue, callback)
        self.send(f"SUB {subject} {queue} {sid}\r\n".encode())

    def inbox_of(self, callback):
        inbox = "_INBOX." + secrets.token_hex(12)
        self.subscribe(inbox, callback)
        return inbox

    def ask(self, subject, body, patience=5):
        """The first reply. TimeoutError where none comes, or nobody listens."""
        with self.lock:
            self.numbers += 1
            reply = f"{self.inbox}.{self.numbers}"
            answer = self.waiting[reply] = concurrent.futures.Future()
        try:
            self.publish(subject, body, reply)
            message = answer.result(patience)
        except concurrent.futures.TimeoutError:
            raise TimeoutError(f"no answer from {subject}") from None
        finally:
            self.waiting.pop(reply, None)
        if message.status == "503":
            raise TimeoutError(f"nobody serves {subject}")
        return message

    def request(self, subject, body, patience=5):
        """The reply's JSON. Problem where it is one."""
        message = self.ask(subject, body, patience)
        said = json.loads(message.body or b"{}")
        if code := message.headers.get("Nats-Service-Error-Code"):
            raise Problem(code, said)
        return said

    def send(self, data):
        """What is sent while there is no connection is lost, as any message may be: whoever asks, asks again."""
        with self.lock:
            try:
                if self.socket:
                    self.socket.sendall(data)
            except OSError:
                pass  # the reading thread finds out

    def answered(self, message):
        if answer := self.waiting.pop(message.subject, None):
            answer.set_result(message)

    def stay_connected(self):
        while True:
            try:
                self.connect_and_read()
            except (OSError, ValueError):
                pass
            self.up.clear()
            with self.lock:
                self.socket = None
            time.sleep(0.2)

    def connect_and_read(self):
        with socket.create_connection(self.address, timeout=5) as connected:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connected.makefile("rb") as lines:
                lines.readline()  # INFO
                connected.sendall(b"CONNECT " + json.dumps(self.hello).encode() + b"\r\nPING\r\n")
                while (line := lines.readline()) != b"PONG\r\n":
                    if not line or line.startswith(b"-ERR"):
                        raise ValueError(line)
                connected.settimeout(None)
                with self.lock:
                    for sid, (subject, queue, _) in self.subscriptions.items():
                        connected.sendall(f"SUB {subject} {queue} {sid}\r\n".encode())
                    self.socket = connected
                self.up.set()
                self.read(lines)

    def read(self, lines):
        while line := lines.readline():
            verb, *words = line.decode().split()
            if verb == "PING":
                self.send(b"PONG\r\n")
            elif verb in ("MSG", "HMSG"):
                sizes = 2 if verb == "HMSG" else 1
                total, header_size = int(words[-1]), int(words[-2]) if sizes == 2 else 0
                subject, sid = words[0], int(words[1])
                reply = words[2] if len(words) == 3 + sizes else ""
                data = lines.read(total + 2)[:-2]
                self.subscriptions[sid][2](Message(subject, reply, data[:header_size], data[header_size:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nats", default="nats://127.0.0.1:4222", metavar="URL")
    parser.add_argument("--prefix", default="rw", help="of the node's subjects")
    parser.add_argument("--org", default="default")
    parser.add_argument("--agent", action="append", default=[], metavar="SUBJECT", help="serve phases that ask it")
    parser.add_argument("--task", action="append", default=[], metavar="QUEUE", help="do the tasks of this queue")
    parser.add_argument("--at-once", type=int, default=8, help="runs that are worked on at a time")
    parser.add_argument("--ack-wait", type=float, default=30, help="seconds until a silent worker's task is another's")
    parser.add_argument("--pace", type=float, default=0, help="seconds that a part of the work takes")
    parser.add_argument("--log", help="a file that gets a line for each part done")
    global options
    options = parser.parse_args()

    connection = Connection(options.nats, f"worker.py-{os.getpid()}")
    connection.up.wait()
    pool = concurrent.futures.ThreadPoolExecutor(options.at_once)
    for subject in options.agent:
        serve_agent(connection, pool, subject)
    for queue in options.task:
        serve_tasks(connection, pool, options.prefix, options.org, queue, options.ack_wait, options.at_once)
    print("serving", *options.agent, *options.task, flush=True)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # what is under way is given to another worker
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        os._exit(0)


if __name__ == "__main__":
    main()
