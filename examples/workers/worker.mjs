#!/usr/bin/env node
// A worker for phases of Ropewalk workflows, in plain JavaScript (Node 22, two packages: npm install; with
// Node 20 npm warns, and it works).
//
//   node worker.mjs --nats nats://127.0.0.1:4222 --org acme --agent agents.design --task builders
//
// It serves phases of kind `agent` by a subscription in a queue group, and pulls phases of kind `task` from the
// JetStream work queue. Change work(), and what it calls, into your own. The protocol is described in
// docs/workflows.md, "Workers".

import { appendFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect, nanos } from "@nats-io/transport-node";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";

const { values: options } = parseArgs({
  options: {
    nats: { type: "string", default: "nats://127.0.0.1:4222" },
    prefix: { type: "string", default: "rw" }, // of the node's subjects
    org: { type: "string", default: "default" },
    agent: { type: "string", multiple: true, default: [] }, // subjects whose phases are served
    task: { type: "string", multiple: true, default: [] }, // queues whose tasks are done
    "at-once": { type: "string", default: "8" }, // tasks that are worked on at a time
    "ack-wait": { type: "string", default: "30" }, // seconds until a silent worker's task is another's
    pace: { type: "string", default: "0" }, // seconds that a part of the work takes
    log: { type: "string" }, // a file that gets a line for each part done
  },
});

// ---- the work ----

// Three parts. What a part's step has recorded is not done again, whoever dies in between.
async function work(run) {
  const done = {};
  for (const part of ["fetch", "make", "check"]) {
    done[part] = await run.step(part, () => onePart(run, part));
    await run.progress({ done: Object.keys(done) });
  }
  return { [run.phase]: done };
}

async function onePart(run, part) {
  await pause(1000 * Number(options.pace));
  if (options.log) await appendFile(options.log, `${run.workflow} ${run.phase} ${part}\n`);
  return `${part} of ${JSON.stringify(run.input).slice(0, 100)}`;
}

// ---- runs ----

// What a node refused: code like 409, type like "run_over".
class Problem extends Error {
  constructor(code, body) {
    super(body.detail ?? body.type);
    this.code = Number(code);
    this.type = (body.type ?? "").replace("urn:ropewalk:problem:", "");
    this.retryable = body.retryable ?? false;
  }
}

// Thrown by the work: an error of the attempt. final: no further attempt.
export class Failure extends Error {
  constructor(code, message = "", final = false) {
    super(message);
    Object.assign(this, { code, final });
  }
}

const nobodyWaits = ["run_over", "attempt_over", "run_not_found", "workflow_not_found"];

// One attempt of one phase, as a worker is given it.
class Run {
  constructor(connection, message, say) {
    Object.assign(this, message, { connection, say });
  }

  // A request to the instance: again and again while it is not there, with the same content.
  async ask(verb, fields) {
    const body = JSON.stringify({ run: this.run, token: this.token, ...fields });
    for (let wait = 50; ; wait = Math.min(2 * wait, 2000)) {
      try {
        return await request(this.connection, `${this.subject}.${verb}`, body);
      } catch (why) {
        if (why instanceof Problem && !why.retryable) throw why;
      }
      await pause(wait);
    }
  }

  // Does a part of the work once: a recorded result is returned instead.
  async step(name, make) {
    const begun = await this.ask("step.begin", { step: name });
    if (begun.recorded) return begun.result;
    const result = await make();
    const done = await this.ask("step.complete", { step: name, result });
    return done.recorded ? done.result : result; // another attempt was first
  }

  progress(what) {
    return this.say({ progress: what });
  }

  // {result} or {error}; undefined where the run is over and nobody waits. Says that it is alive meanwhile.
  async outcome(alive, every) {
    const due = this.deadlines?.heartbeat;
    if (due) every = Math.min(every, Math.max((Date.parse(due) - Date.now()) / 3, 50));
    const timer = setInterval(alive, every);
    try {
      return { result: await work(this) };
    } catch (why) {
      if (why instanceof Problem && nobodyWaits.includes(why.type)) return undefined;
      const code = why instanceof Failure ? why.code : why instanceof Problem ? why.type : (why?.name ?? "Error");
      const message = String(why?.message ?? why).slice(0, 1000);
      return { error: { code, message, final: why instanceof Failure && why.final } };
    } finally {
      clearInterval(timer);
    }
  }
}

async function request(connection, subject, body) {
  const reply = await connection.request(subject, body, { timeout: 5000 });
  const code = reply.headers?.get("Nats-Service-Error-Code");
  if (code) throw new Problem(code, reply.json());
  return reply.json();
}

// ---- agent phases: a request, its replies ----

function serveAgent(connection, subject) {
  connection.subscribe(subject, {
    queue: "workers",
    callback: async (error, message) => {
      if (error || !message.reply) return;
      const say = (what) => message.respond(JSON.stringify(what));
      const run = new Run(connection, message.json(), say);
      const said = await run.outcome(() => say({ heartbeat: true }), 10_000);
      if (said) say(said);
    },
  });
}

// ---- task phases: a work queue ----

async function serveTasks(connection, queue) {
  const stream = `${options.prefix.toUpperCase().replaceAll(".", "_")}_TASKS`;
  const durable = `${options.org}_${queue}`;
  const ackWait = 1000 * Number(options["ack-wait"]);
  for (;;) {
    try {
      const manager = await jetstreamManager(connection);
      await manager.consumers.add(stream, {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        filter_subject: `${options.prefix}.v1.${options.org}.task.${queue}`,
        ack_wait: nanos(ackWait), // after so long without a word another worker gets the message
        max_ack_pending: 1000,
      });
      const consumer = await jetstream(connection).consumers.get(stream, durable);
      await Promise.all(Array.from({ length: Number(options["at-once"]) }, () => pull(connection, consumer, ackWait)));
    } catch (why) {
      console.log(`queue ${queue}: ${why.message}; trying again`); // no stream yet, or no server
      await pause(500);
    }
  }
}

// One message after the other: nothing is pulled that cannot be begun.
async function pull(connection, consumer, ackWait) {
  for (;;) {
    const message = await consumer.next({ expires: 5000 });
    if (message) await perform(connection, message, ackWait);
  }
}

async function perform(connection, message, ackWait) {
  const run = new Run(connection, message.json(), undefined);
  const beat = async (what = {}) => {
    const body = { run: run.run, attempt: run.attempt, token: run.token, ...what };
    // Where it is refused, the next step or the completion says what is wrong.
    await request(connection, `${run.subject}.heartbeat`, JSON.stringify(body)).catch(() => {});
  };
  run.say = beat;
  const said = await run.outcome(() => {
    message.working();
    beat();
  }, ackWait / 3);
  if (said) {
    const worker = `worker.mjs-${process.pid}`;
    await run.ask("complete", { attempt: run.attempt, worker, ...said }).catch((why) => {
      console.log(`run ${run.run} of ${run.workflow}: ${why.message}`);
    });
  }
  message.ack(); // not before the instance has it
}

const connection = await connect({
  servers: options.nats,
  name: `worker.mjs-${process.pid}`,
  maxReconnectAttempts: -1,
  waitOnFirstConnect: true,
});
for (const subject of options.agent) serveAgent(connection, subject);
for (const queue of options.task) serveTasks(connection, queue);
console.log("serving", ...options.agent, ...options.task);
process.on("SIGTERM", () => process.exit(0)); // what is under way is given to another worker
