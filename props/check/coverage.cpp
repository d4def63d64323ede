#include "props/check/coverage.hpp"

#include <concepts>
#include <optional>
#include <type_traits>

namespace poolproof::check {
namespace {

constexpr std::uint64_t stirred(std::uint64_t past, std::uint64_t value) {
  value = (past * 3 + value + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
  return value ^ value >> 31U;
}

// What is played: a class is one of a scenario.
class Fingerprint {
 public:
  void add(std::integral auto value) { sum_ = stirred(sum_, static_cast<std::uint64_t>(value)); }
  void add(Duration value) { add(value.count()); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void add(Enum value) { add(static_cast<std::uint64_t>(value)); }
  template <class Value>
  void add(const std::optional<Value>& value) {
    add(value.has_value());
    if (value) add(*value);
  }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

void add(Fingerprint& fingerprint, const model::PoolConfig& pool) {
  fingerprint.add(pool.pool_size);
  fingerprint.add(pool.max_overflow);
  fingerprint.add(pool.timeout);
  fingerprint.add(pool.recycle);
  fingerprint.add(pool.use_lifo);
  fingerprint.add(pool.pre_ping);
  fingerprint.add(pool.reset_on_return);
  fingerprint.add(pool.patience);
}

void add(Fingerprint& fingerprint, const scenario::Loan& loan) {
  fingerprint.add(loan.think);
  fingerprint.add(loan.chore);
  fingerprint.add(loan.timeout);
  fingerprint.add(loan.cancel_after);
  fingerprint.add(loan.use);
  fingerprint.add(loan.cancel_query_after);
  fingerprint.add(loan.hold);
  fingerprint.add(loan.remark);
}

// Faults are in the order of the steps already, where they struck.
std::uint64_t fingerprint(const scenario::Scenario& scenario) {
  Fingerprint fingerprint;
  add(fingerprint, scenario.pool);
  fingerprint.add(scenario.by_network);
  for (const auto& caller : scenario.callers) {
    fingerprint.add(caller.size());
    for (const scenario::Loan& loan : caller) add(fingerprint, loan);
  }
  return fingerprint.sum();
}

}  // namespace

std::uint64_t class_of(const RunResult& run) {
  return stirred(run.order, fingerprint(run.scenario));
}

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
  ++classes[class_of(run)];
  meetings.insert(run.features.begin(), run.features.end());
  standings.insert(run.standings.begin(), run.standings.end());
  for (std::size_t i = 0; i < rare_paths.size(); ++i) rare_paths[i] += run.rare_paths[i] ? 1 : 0;
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
  for (const auto& [each, count] : other.classes) classes[each] += count;
  meetings.insert(other.meetings.begin(), other.meetings.end());
  standings.insert(other.standings.begin(), other.standings.end());
  for (std::size_t i = 0; i < rare_paths.size(); ++i) rare_paths[i] += other.rare_paths[i];
}

}  // namespace poolproof::check
