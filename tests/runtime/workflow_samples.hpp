#pragma once
// A definition with every kind of phase, in the order of phase_kind.

#include <string_view>

namespace ropewalk::samples {

inline constexpr std::string_view every_kind = R"json({
  "name": "release", "version": 3, "description": "Builds and ships.\nTwice a day.", "timeout": "2h",
  "retry": {"attempts": 4}, "timeouts": {"attempt": "1m"},
  "state": {"mode": "full", "files": ["a", "b"]},
  "phases": [
    {"name": "design", "run": "agent", "subject": "agents.design.run", "description": "draws it",
     "input": {"for": {"$": "/mode"}}, "when": {"at": "/mode", "not": "dry"},
     "next": [{"when": {"at": "/score", "above": 7}, "to": "lint"}, "end"], "result": "/design",
     "retry": {"attempts": 5, "first": "500ms", "factor": 1.5, "most": "30s", "not_on": ["bad_request", "refused"]},
     "timeouts": {"total": "1h", "attempt": "10m", "start": "10s", "heartbeat": "15s"},
     "compensate": {"run": "exec", "command": "cleanup", "args": ["--all", ""], "input": {}, "retry": {"attempts": 0}}},
    {"name": "code", "run": "task", "queue": "coders", "result": "discard", "next": "lint"},
    {"name": "lint", "run": "local", "function": "lint_all"},
    {"name": "build", "run": "exec", "command": "make", "args": ["-v"]},
    {"name": "approval", "run": "wait", "signal": "approved", "deadline": "2d", "on_deadline": "end"},
    {"name": "night", "run": "sleep", "for": "1h30m"},
    {"name": "tell", "run": "thread", "thread": {"$": "/thread", "default": "general"}, "create": false,
     "message": {"role": "assistant", "content": {"$": "/summary"}}},
    {"name": "tests", "run": "workflow", "definition": "tests", "version": 2, "id": "tests-1", "input": {"$": ""}},
    {"name": "both", "run": "parallel", "join": "first", "branches": {
      "ui": [{"name": "ui_code", "run": "task", "queue": "coders", "next": "ui_wait"},
             {"name": "ui_wait", "run": "sleep", "until": {"$": "/at"}}],
      "api": [{"name": "api_code", "run": "task", "queue": "coders"}]}},
    {"name": "ship", "run": "map", "over": "/files", "concurrency": 3, "result": "/shipped",
     "do": {"name": "ship_one", "run": "agent", "subject": "ship", "input": {"file": {"$item": ""}, "n": {"$index": true}}}}
  ]
})json";

} // namespace ropewalk::samples
