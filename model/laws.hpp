// The laws by name, and those of them that can be judged on one step of the model.
// Ids and sentences appear in reports: add to them, never renumber or reword.
// May include the rest of model/ and the standard library.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "model/config.hpp"
#include "model/event.hpp"
#include "model/pool_model.hpp"

namespace poolproof::model {

enum class LawId {
  cap,
  dup,
  leak,
  wake,
  early,
  late,
  spur,
  fair,
  age,
  dead,
  clean,
  cxl,
  life,
  hook,
  stuck,
  race,
  crash,
  own,
  tend
};

// "CAP".
std::string_view id(LawId law);

// What the law demands, in a sentence or two.
std::string_view sentence(LawId law);

// The law with this id, spelled as id() spells it; nullopt if there is none.
std::optional<LawId> law_named(std::string_view id);

// What a step is judged by. `event` was legal in `before`.
struct Transition {
  PoolConfig config;
  State before;
  Event event;
  Step step;
  Failures failures{};  // while the event was handled
};

struct Law {
  LawId id;
  bool (*holds)(const Transition&);
};

// The laws that one step can break. They are witnesses: none of them calls step().
std::span<const Law> model_laws();

// The first of model_laws() that `transition` breaks; nullopt if it keeps them all. With `only`,
// the others are not asked.
std::optional<LawId> broken_law(const Transition& transition);
std::optional<LawId> broken_law(const Transition& transition, const std::set<LawId>& only);

}  // namespace poolproof::model
