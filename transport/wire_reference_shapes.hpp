#pragma once
// The prose of docs/wire.md about what is computed from messages: token estimates and window shapes.

#include <string_view>

namespace ropewalk::transport {

inline constexpr std::string_view reference_shapes = R"md(
### tokens

Where a message comes without `tokens`, they are estimated, the same on every node:

```
tokens(message) = 4
                + text(t) for content, each text part, each text of a tool_result,
                          each tool call's name and each tool call's arguments
                + 765 for each image or file, 85 for an image with "detail":"low"
text(t)         = ASCII characters of t / 4, rounded up, + other characters of t
```

Arguments that are an object count as compact JSON; `name`, `sender` and metadata count nothing. An edit of `content` or
`tool_calls` estimates again. `"hi"` is 5, `"Is there a night train to Oslo?"` 12.

### window shapes

`native`: messages as above. `openai`: as the Chat Completions API takes them:

```json
{"role":"system","content":"Be brief."}
{"role":"user","content":"Is there a train?","name":"Ann"}
{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"find_trains","arguments":"{\"to\":\"Oslo\"}"}}]}
{"role":"tool","tool_call_id":"call_1","content":"none tonight"}
```

`langchain`: flat dicts as LangChain's `convert_to_messages` takes them (not the `{"type","data"}` pairs of `messages_from_dict`):

```json
{"type":"system","content":"Be brief.","id":"m1"}
{"type":"human","content":"Is there a train?","name":"Ann","id":"m2"}
{"type":"ai","content":"","id":"m3","tool_calls":[{"name":"find_trains","args":{"to":"Oslo"},"id":"call_1","type":"tool_call"}]}
{"type":"tool","content":"none tonight","tool_call_id":"call_1","id":"m4"}
```

`type`, `content` and `id` are always there; `name`, `tool_call_id` and `tool_calls` where the message has them. `content`
is a string or a list of OpenAI's parts, never null. `args` is an object: arguments that are none become
`{"__arg1":"the text"}`, empty ones `{}`. In both shapes a `tool` message with several `tool_result` parts becomes one
message each; in `langchain` the second one's id ends in `:1`, the third one's in `:2`, and a failed one (`is_error`)
has `"status":"error"`.
)md";

} // namespace ropewalk::transport
