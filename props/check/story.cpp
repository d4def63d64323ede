#include "props/check/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

namespace poolproof::check {
namespace {

using Kind = Observation::Kind;

constexpr std::size_t kMostRows = 60;
constexpr std::size_t kColumn = 18;

std::string seconds(Time when) {
  return fmt::format("{:.3f} s", std::chrono::duration<double>(when.time_since_epoch()).count());
}

std::string_view text(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::timeout: return "TIMEOUT";
    case Outcome::connect_failed: return "connect failed";
    case Outcome::closed: return "CLOSED";
    case Outcome::failed: return "failed";
    case Outcome::cancelled: return "called off";
  }
  return "?";
}

std::string limit_text(const std::optional<Duration>& limit) {
  return limit ? fmt::format("acquire, {}", scenario::to_text(*limit)) : "acquire";
}

// What a caller does or is told; empty for what is not worth a row.
std::string caller_text(const Observation& seen) {
  switch (seen.kind) {
    case Kind::acquire_called: return limit_text(seen.limit);
    case Kind::acquire_returned:
      return seen.outcome == Outcome::ok ? "has a lease" : std::string(text(seen.outcome));
    case Kind::statement: return fmt::format("uses connection {}", static_cast<int>(seen.session));
    case Kind::query_returned:
      return seen.outcome == Outcome::ok ? "" : fmt::format("query {}", text(seen.outcome));
    case Kind::cancelled: return "is called off";
    case Kind::cancel_called: return "asks for a cancel";
    case Kind::remark_called: return std::string(scenario::name(seen.remark));
    case Kind::chore_called: return std::string(scenario::name(seen.chore));
    case Kind::chore_returned: return seen.chore == scenario::Chore::close ? "closed" : "disposed";
    case Kind::release_called: return "release";
    case Kind::release_returned: return "released";
    case Kind::probe_failed: return "cannot be served";
    default: return "";
  }
}

std::string server_text(const Observation& seen) {
  const int session = static_cast<int>(seen.session);
  switch (seen.kind) {
    case Kind::session_opened: return fmt::format("connection {} opens", session);
    case Kind::cancel_requested:
      return fmt::format("connection {} is to cancel {}", static_cast<int>(seen.asking), session);
    case Kind::cancel_hit: return fmt::format("cancels what connection {} does", session);
    case Kind::cancel_missed: return fmt::format("nothing to cancel on connection {}", session);
    case Kind::session_ended:
      return fmt::format("connection {} {}", session, seen.by_server ? "killed" : "ends");
    case Kind::fault:
      return fmt::format("{}{}", world::kFaults[static_cast<std::size_t>(seen.fault)].name,
                         seen.session == kNoSession ? "" : fmt::format(": {}", session));
    default: return "";
  }
}

// How many observations are told: those up to the first law broken, or all.
std::size_t told_of(const RunResult& run) {
  return run.violations.empty() ? run.observations.size() : run.violations.front().seen;
}

// Without the loans that nobody came to take.
scenario::Scenario as_far_as_it_went(const RunResult& run) {
  scenario::Scenario scenario = run.scenario;
  std::vector<std::size_t> begun(scenario.callers.size());
  for (std::size_t i = 0; i < told_of(run); ++i) {
    const Observation& each = run.observations[i];
    const auto caller = static_cast<std::size_t>(each.caller);
    if (each.kind == Kind::acquire_called && caller < begun.size()) ++begun[caller];
  }
  for (std::size_t i = 0; i < begun.size(); ++i) scenario.callers[i].resize(begun[i]);
  return scenario;
}

class Table {
 public:
  Table(const RunResult& run, const scenario::Scenario& told) : run_(run) {
    for (std::size_t i = 0; i < told.callers.size(); ++i) {
      if (!told.callers[i].empty()) columns_.push_back(i);
    }
  }

  std::string print() {
    const auto told = std::span(run_.observations).first(told_of(run_));
    probed_ = std::any_of(told.begin(), told.end(),
                          [&](const Observation& seen) { return is_of_probe(seen); });
    for (const Observation& seen : told) add(seen);
    std::string result = header();
    const std::size_t skipped = rows_.size() > kMostRows ? rows_.size() - kMostRows : 0;
    if (skipped > 0) result += fmt::format("{:>11}  ({} rows before)\n", "...", skipped);
    for (std::size_t i = skipped; i < rows_.size(); ++i) result += rows_[i];
    return result;
  }

 private:
  std::string header() const {
    std::string line = fmt::format("{:>11}", "time");
    for (const std::size_t caller : columns_) {
      line += fmt::format("  {:<{}}", fmt::format("caller {}", caller + 1), kColumn);
    }
    if (probed_) line += fmt::format("  {:<{}}", "probe", kColumn);
    return line + "  server\n";
  }

  [[nodiscard]] bool is_of_probe(const Observation& seen) const {
    return seen.caller != kNobody &&
           static_cast<std::size_t>(seen.caller) >= run_.scenario.callers.size() &&
           !caller_text(seen).empty();
  }

  void add(const Observation& seen) {
    const auto caller = static_cast<std::size_t>(seen.caller);
    const std::string mine = seen.caller == kNobody ? "" : caller_text(seen);
    const std::string servers = server_text(seen);
    if (mine.empty() && servers.empty()) return;
    std::string line = fmt::format("{:>11}", seconds(seen.at));
    for (const std::size_t column : columns_) {
      line += fmt::format("  {:<{}}", column == caller ? mine : "", kColumn);
    }
    if (probed_) {
      const std::size_t callers = run_.scenario.callers.size();
      const std::string lease =
          is_of_probe(seen) ? fmt::format("{}: {}", caller - callers + 1, mine) : "";
      line += fmt::format("  {:<{}}", lease, kColumn);
    }
    line += servers.empty() ? "" : "  " + servers;
    line.erase(line.find_last_not_of(' ') + 1);
    rows_.push_back(line + "\n");
  }

  const RunResult& run_;
  std::vector<std::size_t> columns_;  // the callers that have one
  bool probed_ = false;               // after them, in one column, the leases of the probe
  std::vector<std::string> rows_;
};

}  // namespace

std::string story(const RunResult& run) {
  const scenario::Scenario told = as_far_as_it_went(run);
  return scenario::to_text(told) + "\n" + Table(run, told).print();
}

}  // namespace poolproof::check
