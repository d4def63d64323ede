// The steps of one run, as data that outlives it: to be compared with those of another, and named.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/scheduler.hpp"

namespace poolproof::check {

struct Trace {
  std::vector<world::Step> steps;
  std::vector<std::string> tasks;  // how reports call them, by their number: caller 2, thread 5

  friend bool operator==(const Trace&, const Trace&) = default;
};

// "lock of caller 2 at 20ms"; past the last step "the end". `index` counts from 0.
std::string step_text(const Trace& trace, std::size_t index);

// Counted from 0. Nothing if the steps are the same.
std::optional<std::size_t> first_differing_step(const Trace& before, const Trace& now);

// Some two characters a step, as tokens are packed: of the steps, not of the names.
std::string packed(const std::vector<world::Step>& steps);
// Nothing if it is damaged.
std::optional<std::vector<world::Step>> unpacked(std::string_view text);

}  // namespace poolproof::check
