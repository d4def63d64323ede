#include "props/check/coverage.hpp"

namespace poolproof::check {

void Coverage::count(const RunResult& run) {
  ++runs;
  steps += run.steps;
  switches += run.switches;
  for (const Observation& each : run.observations) {
    if (each.kind == Observation::Kind::session_opened) ++connections;
    if (each.kind == Observation::Kind::acquire_returned) {
      ++acquires[static_cast<std::size_t>(each.outcome)];
    }
    if (each.kind == Observation::Kind::fault)
      ++matrix[index_of({each.fault, each.phase, each.call})];
  }
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += run.faults[i];
  schedules.insert(run.hash);
}

void Coverage::add(const Coverage& other) {
  runs += other.runs;
  steps += other.steps;
  switches += other.switches;
  connections += other.connections;
  for (std::size_t i = 0; i < acquires.size(); ++i) acquires[i] += other.acquires[i];
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
  for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] += other.matrix[i];
  schedules.insert(other.schedules.begin(), other.schedules.end());
}

}  // namespace poolproof::check
