// Explorations of our pool, as tests ask for them.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "props/check/exploration.hpp"
#include "props/check/processes/loading.hpp"

namespace poolproof::check {

using namespace std::chrono_literals;
using scenario::Chore;
using scenario::Limit;
using world::FaultKind;

struct SmallScenario {
  const char* name;
  int callers, ops, pool_size, max_overflow;
  Limit timeout{};
  Limit recycle{};
  bool pre_ping = false;
  scenario::Plan plan{};
  std::optional<FaultKind> fault{};  // once
};

inline void PrintTo(const SmallScenario& each, std::ostream* out) { *out << each.name; }

inline std::string name_of(const testing::TestParamInfo<SmallScenario>& info) {
  return info.param.name;
}

// That fault may strike once.
inline void allow_once(FaultKind fault, ExplorationOptions& options) {
  const auto index = static_cast<std::uint8_t>(fault);
  options.bounds.faults.set(index);
  options.budget.allow(world::Rarity{index}, 1);
  options.budget_text += std::string(world::name(fault)) + ":1";
}

inline ExplorationOptions options_of(const SmallScenario& each) {
  ExplorationOptions options;
  options.bounds.callers = each.callers + (each.plan.chore == Chore::none ? 0 : 1);
  options.bounds.ops = each.ops;
  options.bounds.pool_size = each.pool_size;
  options.bounds.max_overflow = each.max_overflow;
  options.bounds.timeout = each.timeout;
  options.bounds.recycle = each.recycle;
  options.bounds.pre_ping = each.pre_ping;
  options.bounds.faults.reset();
  options.plan = each.plan;
  if (each.fault) allow_once(*each.fault, options);
  return options;
}

// Compiled so that it tells of its atomics.
inline const Accused& our_pool() {
  static const Accused loaded = [] {
    auto found = load_guarded(POOLPROOF_BUILD "/instrumented/ours.so");
    if (const auto* const why = std::get_if<std::string>(&found)) throw std::runtime_error(*why);
    return std::get<Accused>(std::move(found));
  }();
  return loaded;
}

inline Exploration explored(const Accused& accused, const ExplorationOptions& options) {
  return explore(accused, options, [](const Explorable&) { return true; });
}

inline std::string evidence(const Exploration& found) {
  return found.detail + (found.unexplained ? to_string(found.unexplained->disallowed) : "") +
         (found.finding ? found.finding->violations.front().evidence : "");
}

}  // namespace poolproof::check
