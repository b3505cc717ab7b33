#include "cli/workflow/yaml_json.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "cli/workflow/yaml_scalar.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::cli {
namespace {

std::string place_of(const YAML::Mark& mark) {
  return fmt::format("line {}, column {}", mark.line + 1, mark.column + 1);
}

// Ends the parse; never leaves this file.
struct refused {
  error why;
};

// Writes JSON as the parser's events come. Nothing is kept of the document but its text and what its anchors marked.
class json_events final : public YAML::EventHandler {
public:
  explicit json_events(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  yaml_json take() && { return {std::move(out_), std::move(lines_)}; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) refuse(mark, "a key is empty");
    begin(mark);
    const std::size_t from = out_.size();
    out_ += "null";
    end(mark, anchor, from);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag.empty() || tag == "?";
    if (!plain && tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(mark, tag);
    if (!is_utf8(value)) refuse(mark, "must be UTF-8");
    if (value.find('\0') != std::string::npos) refuse(mark, "must have no NUL character");
    if (expects_key()) return key(mark, anchor, value, plain);
    begin(mark);
    const std::size_t from = out_.size();
    if (plain) {
      auto json = plain_scalar_json(value);
      if (!json) refuse(mark, json.error().detail);
      out_ += *json;
    } else append_json_string(out_, value);
    end(mark, anchor, from);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) refuse(mark, "an alias cannot be a key");
    const auto marked = anchors_.find(anchor);
    if (marked == anchors_.end()) refuse(mark, "an alias stands inside of what its own anchor marks");
    if (open_.size() + marked->second.depth > limits::json_depth) refuse_depth(mark);
    begin(mark);
    // Looked at before it is copied: this is what keeps copies of copies small.
    if (marked->second.json.size() > max_bytes_ - std::min(max_bytes_, out_.size())) refuse_size(mark);
    out_ += marked->second.json;
    if (!open_.empty()) open_.back().depth = std::max(open_.back().depth, marked->second.depth + 1);
    end(mark, 0, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, false);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, true);
  }
  void OnMapEnd() override { close(); }

private:
  struct container {
    bool map = false, at_value = false; // of a map: its key is written
    std::size_t from = 0;               // in out_
    std::size_t elements = 0;
    std::size_t path_bytes = 0; // of the path to the container itself
    std::size_t depth = 1;      // containers below it, itself counted
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::set<std::string> keys;
  };
  struct anchored {
    std::string json;
    std::size_t depth = 0;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string rule) {
    throw refused{invalid(place_of(mark), std::move(rule))};
  }
  [[noreturn]] static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    refuse(mark, fmt::format("the tag {} is not taken; quote a text instead", tag));
  }
  [[noreturn]] static void refuse_depth(const YAML::Mark& mark) {
    refuse(mark, fmt::format("is nested more than {} deep", limits::json_depth));
  }
  [[noreturn]] void refuse_size(const YAML::Mark& mark) const {
    throw refused{{errc::too_large,
                   {},
                   fmt::format("the document is more than {} bytes of JSON, aliases replaced", max_bytes_),
                   place_of(mark)}};
  }

  bool expects_key() const { return !open_.empty() && open_.back().map && !open_.back().at_value; }

  void key(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& name, bool plain) {
    if (anchor != 0) refuse(mark, "a key cannot have an anchor");
    if (plain && name == "<<") refuse(mark, "merge keys (<<) are not taken; write out what is merged, or use an alias");
    container& map = open_.back();
    if (!map.keys.insert(name).second) refuse(mark, fmt::format("the key \"{}\" is given twice", name));
    if (map.elements++ > 0) out_ += ',';
    append_json_string(out_, name);
    out_ += ':';
    path_.resize(map.path_bytes);
    path_ += (path_.empty() ? "" : ".") + name;
    map.at_value = true;
  }

  // Before a value: its comma and its path.
  void begin(const YAML::Mark& mark) {
    if (!open_.empty() && !open_.back().map) {
      container& list = open_.back();
      if (list.elements > 0) out_ += ',';
      path_.resize(list.path_bytes);
      path_ += fmt::format("[{}]", list.elements++);
    }
    lines_.emplace(path_, mark.line + 1);
  }

  // Behind a scalar or an alias.
  void end(const YAML::Mark& mark, YAML::anchor_t anchor, std::size_t from) {
    if (out_.size() > max_bytes_) refuse_size(mark);
    if (anchor != 0) anchors_[anchor] = {out_.substr(from), 0};
    if (!open_.empty()) open_.back().at_value = false;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool map) {
    if (!tag.empty() && tag != "?" && tag != "!") refuse_tag(mark, tag);
    if (expects_key()) refuse(mark, "a key must be a text");
    if (open_.size() >= limits::json_depth) refuse_depth(mark);
    begin(mark);
    container c;
    c.map = map;
    c.from = out_.size();
    c.path_bytes = path_.size();
    c.anchor = anchor;
    c.mark = mark;
    open_.push_back(std::move(c));
    out_ += map ? '{' : '[';
  }

  void close() {
    const container c = std::move(open_.back());
    open_.pop_back();
    out_ += c.map ? '}' : ']';
    path_.resize(c.path_bytes);
    if (!open_.empty()) open_.back().depth = std::max(open_.back().depth, c.depth + 1);
    end(c.mark, 0, 0);
    if (c.anchor != 0) anchors_[c.anchor] = {out_.substr(c.from), c.depth};
  }

  const std::size_t max_bytes_;
  std::string out_, path_;
  std::map<std::string, int> lines_;
  std::vector<container> open_;
  std::map<YAML::anchor_t, anchored> anchors_;
};

} // namespace

int yaml_json::line_of(std::string path) const {
  for (;;) {
    if (const auto found = lines.find(path); found != lines.end()) return found->second;
    const std::size_t cut = path.find_last_of(".[");
    if (cut == std::string::npos) break;
    path.resize(cut);
  }
  const auto whole = lines.find({});
  return whole == lines.end() ? 1 : whole->second;
}

result<yaml_json> yaml_to_json(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) return error{errc::too_large, {}, fmt::format("is more than {} bytes", max_bytes), {}};
  if (!is_utf8(text)) return invalid({}, "must be UTF-8");
  if (text.find('\0') != std::string_view::npos) return invalid({}, "must have no NUL character");
  std::istringstream in{std::string(text)};
  json_events events(max_bytes);
  try {
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(events)) return invalid({}, "is empty");
    json_events more(max_bytes);
    if (parser.HandleNextDocument(more)) return invalid({}, "holds more than one document");
  } catch (const refused& r) {
    return r.why;
  } catch (const YAML::DeepRecursion& e) {
    return invalid(place_of(e.mark), fmt::format("is nested more than {} deep", limits::json_depth));
  } catch (const YAML::Exception& e) {
    return invalid(e.mark.is_null() ? std::string{} : place_of(e.mark), "is not YAML: " + e.msg);
  }
  return std::move(events).take();
}

} // namespace ropewalk::cli
