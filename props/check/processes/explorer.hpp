// What a process does that explores parts of an exploration: the work of a Child.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "props/check/exploration.hpp"
#include "props/check/processes/worker.hpp"

namespace poolproof::check {

// For how long, at most. Whatever has begun ends; a part that is not done has a remainder.
struct Slice {
  std::chrono::steady_clock::time_point end;
  std::uint64_t executions;
};

// What came of one part; or of a share of the rounds.
struct Explored {
  explore::dpor::Remainder remainder;
  explore::dpor::Rounds rounds{.left = {}};
  std::vector<std::uint64_t> classes;  // of each execution
  std::uint64_t redundant = 0;
  bool approximate = false;
  std::uint64_t steps = 0;
  std::optional<Incident> incident{};
  std::optional<Disallowed> disallowed{};  // of that, if it broke no law
};

void to_json(nlohmann::json& json, const Explored& explored);
void from_json(const nlohmann::json& json, Explored& explored);

void to_json(nlohmann::json& json, const Estimated& estimated);
void from_json(const nlohmann::json& json, Estimated& estimated);

// Sends an Explored for each of the parts, until the slice is used up or the board says stop; ends
// with the first incident.
void explore_parts(const Job& job, const ExplorationOptions& options,
                   const std::vector<explore::dpor::Part>& parts, const Slice& slice,
                   const Outbox& out);

// Sends one Explored, at the end of the slice or of that round.
void explore_round(const Job& job, const ExplorationOptions& options, explore::dpor::Rounds share,
                   const explore::dpor::Rounds::States& known, const Slice& slice,
                   const Outbox& out);

// Sends an Estimated; nothing if it cannot be had.
void estimate_classes(const Job& job, const ExplorationOptions& options, const Slice& slice,
                      const Outbox& out);

}  // namespace poolproof::check
