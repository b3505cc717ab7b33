// What was read before entries were cut off must not be known after it.

#include <nlohmann/json.hpp>

#include <future>

#include "tests/actors/entity_world.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

const workflow::definition_ref newest_of_kept{"kept", {}};
const workflow::definition_ref first_of_kept{"kept", 1};

std::future<workflow::shared_definition> asked_for(entity_world& w, const workflow::definition_ref& which) {
  auto told = std::make_shared<std::promise<workflow::shared_definition>>();
  w.definitions.find("acme", which,
                     [told](result<workflow::shared_definition> found) { told->set_value(found ? *found : nullptr); });
  return told->get_future();
}

workflow::shared_definition found_now(entity_world& w, const workflow::definition_ref& which) {
  auto found = asked_for(w, which).get();
  REQUIRE(found);
  return found;
}

void define_kept(entity_world& w) {
  const nlohmann::json document{{"name", "kept"},
                                {"phases", {{{"name", "works"}, {"run", "agent"}, {"subject", "x"}}}}};
  REQUIRE_FALSE(
      w.ask({"acme", entity_kind::definition, "kept"}, workflow::define{document.dump(), "kept", {}}).refusal);
  w.definitions.forget();
}

} // namespace

TEST_CASE("a definition is read once, and again when what is known was thrown away") {
  entity_world w;
  define_kept(w);
  const auto first = found_now(w, newest_of_kept);
  CHECK(found_now(w, newest_of_kept) == first);
  CHECK(found_now(w, first_of_kept) == first);
  w.definitions.forget();
  const auto again = found_now(w, first_of_kept);
  CHECK(again != first);
  CHECK(found_now(w, first_of_kept) == again);
}

TEST_CASE("a definition whose reading began before all was forgotten is handed out and not kept") {
  for (const auto& which : {newest_of_kept, first_of_kept}) {
    entity_world w;
    define_kept(w);
    gate reading;
    w.hold_readers(reading);
    auto early = asked_for(w, which);
    w.definitions.forget();
    reading.open();
    const auto found = early.get();
    REQUIRE(found);
    const auto later = found_now(w, which);
    CHECK(later != found);
    CHECK(found_now(w, which) == later);
  }
}
