#include "runtime/workflow/definition_graph.hpp"

#include <string_view>
#include <utility>

#include "runtime/workflow/duration_text.hpp"
#include "runtime/workflow/graph_labels.hpp"

namespace ropewalk::workflow {
namespace {

std::string label_mark(const phase_marks& marks, const phase& p) {
  const auto found = marks.find(p.name);
  return found == marks.end() ? std::string() : one_line(found->second);
}

class text_drawing {
public:
  explicit text_drawing(const phase_marks& marks) : marks_(marks) {}

  void line(std::size_t level, std::string_view text) {
    out_.append(2 * level, ' ');
    out_ += text;
    out_ += '\n';
  }

  void list(const std::vector<phase>& phases, std::size_t level) {
    for (const phase& p : phases) one(p, level);
  }

  std::string take() && { return std::move(out_); }

private:
  void one(const phase& p, std::size_t level) {
    const std::string mark = label_mark(marks_, p);
    line(level, p.name + (mark.empty() ? "" : " [" + mark + ']') + ": " + phase_label(p));
    if (!p.description.empty()) line(level + 1, "\"" + one_line(p.description) + '"');
    if (p.when) line(level + 1, "when " + condition_label(*p.when));
    for (const branch& b : p.branches) {
      line(level + 1, "branch " + b.name);
      list(b.phases, level + 2);
    }
    list(p.each, level + 1);
    if (p.compensate) line(level + 1, "undo: " + work_label(*p.compensate));
    if (!p.next.empty()) line(level + 1, "next: " + transitions(p.next));
  }

  static std::string transitions(const std::vector<transition>& next) {
    std::string text;
    for (const transition& t : next) {
      if (!text.empty()) text += t.when ? ", " : ", else ";
      text += goal_label(t.to);
      if (t.when) text += " if " + condition_label(*t.when);
    }
    return text;
  }

  const phase_marks& marks_;
  std::string out_;
};

std::string_view colour_of(std::string_view mark) noexcept {
  constexpr std::pair<std::string_view, std::string_view> colours[] = {
      {"completed", "#c8e6c9"}, {"scheduled", "#bbdefb"}, {"running", "#bbdefb"},   {"waiting", "#fff9c4"},
      {"failed", "#ffcdd2"},    {"crashed", "#ffcdd2"},   {"cancelled", "#e0e0e0"}, {"skipped", "#f5f5f5"}};
  for (const auto& [word, colour] : colours)
    if (word == mark) return colour;
  return "#ffffff";
}

// A quoted string of DOT; in it "\n" begins a new line of a label.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// Ids are phase names; what is no phase has an id that no phase can have.
class dot_drawing {
public:
  explicit dot_drawing(const phase_marks& marks) : marks_(marks) {}

  std::string draw(const definition& d) && {
    out_ = "digraph " + in_quotes(d.name) + " {\n";
    statement("label=" + in_quotes(title_label(d)) + "; labelloc=t; fontname=\"sans-serif\"");
    statement("node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", fontname=\"sans-serif\"]");
    statement("edge [fontname=\"sans-serif\", fontsize=10]");
    statement("\"/start\" [shape=circle, label=\"\", width=0.2]");
    statement("\"/end\" [shape=doublecircle, label=\"\", width=0.2]");
    edge("/start", d.phases.front().name, {});
    list(d.phases, "/end");
    return std::move(out_) + "}\n";
  }

private:
  void statement(const std::string& text) {
    out_.append(2 * (1 + clusters_), ' ');
    out_ += text;
    out_ += ";\n";
  }

  void edge(std::string_view from, std::string_view to, std::string_view label, std::string_view style = {}) {
    std::string attributes;
    if (!label.empty()) attributes += "label=" + in_quotes(label);
    if (!style.empty()) attributes += (attributes.empty() ? "style=" : ", style=") + std::string(style);
    statement(in_quotes(from) + " -> " + in_quotes(to) + (attributes.empty() ? "" : " [" + attributes + ']'));
  }

  void begin_cluster(const std::string& id, std::string_view label) {
    out_.append(2 * (1 + clusters_), ' ');
    out_ += "subgraph " + in_quotes("cluster_" + id) + " {\n";
    ++clusters_;
    statement("label=" + in_quotes(label) + "; style=rounded");
  }

  void end_cluster() {
    --clusters_;
    out_.append(2 * (1 + clusters_), ' ');
    out_ += "}\n";
  }

  // after: where the end of the list leads.
  void list(const std::vector<phase>& phases, const std::string& after) {
    for (std::size_t i = 0; i < phases.size(); ++i)
      one(phases[i], i + 1 < phases.size() ? phases[i + 1].name : after, after);
  }

  void one(const phase& p, const std::string& following, const std::string& after) {
    node(p);
    std::string exit = p.name;
    if (!p.branches.empty() || !p.each.empty()) {
      exit = p.name + "/join";
      statement(in_quotes(exit) + " [shape=point]");
      for (const branch& b : p.branches) inner(p, p.name + '/' + b.name, b.name, b.phases, exit);
      if (!p.each.empty()) inner(p, p.name + "/each", "each of " + one_line(p.over), p.each, exit);
    }
    if (p.compensate) {
      const std::string undo = p.name + "/undo";
      statement(in_quotes(undo) + " [label=" + in_quotes("undo\n" + work_label(*p.compensate)) +
                ", style=\"rounded,dashed\"]");
      edge(p.name, undo, {}, "dashed");
    }
    const auto goal = [&after](const std::string& to) { return to.empty() ? after : to; };
    if (p.on_deadline) edge(p.name, goal(*p.on_deadline), "after " + print_duration(*p.deadline_us), "dashed");
    if (p.next.empty()) edge(exit, following, {});
    for (const transition& t : p.next)
      edge(exit, goal(t.to), t.when ? condition_label(*t.when) : p.next.size() == 1 ? "" : "else");
  }

  void node(const phase& p) {
    const std::string mark = label_mark(marks_, p);
    std::string label = p.name + '\n' + phase_label(p);
    if (p.when) label += "\nwhen " + condition_label(*p.when);
    if (!mark.empty()) label += "\n[" + mark + ']';
    std::string attributes = "label=" + in_quotes(label);
    if (!mark.empty()) attributes += ", fillcolor=" + in_quotes(colour_of(mark));
    if (!p.description.empty()) attributes += ", tooltip=" + in_quotes(one_line(p.description));
    statement(in_quotes(p.name) + " [" + attributes + ']');
  }

  void inner(const phase& p, const std::string& id, std::string_view label, const std::vector<phase>& phases,
             const std::string& exit) {
    edge(p.name, phases.front().name, {});
    begin_cluster(id, label);
    list(phases, exit);
    end_cluster();
  }

  const phase_marks& marks_;
  std::string out_;
  std::size_t clusters_ = 0;
};

} // namespace

std::string graph_text(const definition& d, const phase_marks& marks) {
  text_drawing drawing(marks);
  drawing.line(0, title_label(d));
  drawing.list(d.phases, 1);
  return std::move(drawing).take();
}

std::string graph_dot(const definition& d, const phase_marks& marks) { return dot_drawing(marks).draw(d); }

} // namespace ropewalk::workflow
