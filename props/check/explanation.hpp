// Why a run broke its law, as data: see explain.hpp for how it is found.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "props/check/observation.hpp"

namespace poolproof::check {

// The last point of a run at which another choice still kept the law. From the step that was made
// there on every continuation breaks it: every one that was tried, that is.
struct CriticalStep {
  std::size_t step = 0;  // from 1; its number in the run's trace
  Time at{};
  std::string who{};        // caller 2, or thread 5
  std::string operation{};  // what it did there
  std::string instead{};    // the choice that would have kept the law
};

struct Explanation {
  std::optional<CriticalStep> critical{};  // none if no other choice kept the law
  std::size_t tried = 0;        // continuations from the critical step on, all of which broke it
  std::size_t kept = 0;         // that were tried at the point before it, and kept the law
  std::size_t callers = 0;      // who take a lease, or try to
  std::size_t loans = 0;        //
  std::size_t acquires = 0;     // calls of callers until the law was broken
  std::size_t queries = 0;      //
  std::size_t releases = 0;     //
  std::size_t preemptions = 0;  // switches away from a task that could have gone on
  std::size_t switches = 0;
  std::size_t jumps = 0;                   // of time, while somebody could have gone on
  std::size_t faults = 0;                  // planned, or that strike
  std::vector<std::string> matters{};      // with another choice there the law can be kept
  std::vector<std::string> indifferent{};  // it is broken with any other choice, too

  [[nodiscard]] std::size_t operations() const { return acquires + queries + releases; }
};

void to_json(nlohmann::json& json, const Explanation& explanation);
void from_json(const nlohmann::json& json, Explanation& explanation);

// In a few lines: its numbers, the critical step, what matters.
std::string to_text(const Explanation& explanation);

}  // namespace poolproof::check
