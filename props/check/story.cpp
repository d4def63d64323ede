#include "props/check/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "props/check/deciding.hpp"

namespace poolproof::check {
namespace {

using Kind = Observation::Kind;

// What follows in the same column at the same instant joins the row, up to this length.
constexpr std::size_t kLongestText = 28;

std::string_view text(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::timeout: return "TIMEOUT";
    case Outcome::connect_failed: return "connect failed";
    case Outcome::closed: return "CLOSED";
    case Outcome::failed: return "failed";
    case Outcome::cancelled: return "called off";
    case Outcome::in_use: return "IN USE";
  }
  return "?";
}

std::string_view use_text(PoolCall call) {
  switch (call) {
    case PoolCall::acquire: return "pings";
    case PoolCall::release: return "resets";
    default: return "uses";
  }
}

std::string chore_text(const Observation& seen) {
  using scenario::Chore;
  switch (seen.chore) {
    case Chore::none: return "";
    case Chore::dispose: return "disposed";
    case Chore::close: return "closed";
    case Chore::maintain: return "maintained";
    case Chore::warm_up: return "warmed up";
    case Chore::report: return fmt::format("told of {}", seen.held);
    case Chore::drain: return seen.outcome == Outcome::ok ? "drained" : "not drained";
  }
  return "";
}

// What a caller does or is told; empty for what is not worth a row.
std::string caller_text(const Observation& seen, std::size_t callers) {
  switch (seen.kind) {
    case Kind::acquire_called:
      return seen.limit ? fmt::format("acquire {}", scenario::to_text(*seen.limit)) : "acquire";
    case Kind::acquire_returned:
      return seen.outcome == Outcome::ok ? "has a lease" : std::string(text(seen.outcome));
    case Kind::sleeps: return "sleeps";
    case Kind::woken:
      return seen.by == kNobody || static_cast<std::size_t>(seen.by) >= callers
                 ? "is woken"
                 : fmt::format("woken by caller {}", static_cast<std::size_t>(seen.by) + 1);
    case Kind::deadline_came: return "its deadline comes";
    case Kind::statement:
      return fmt::format("{} {}", use_text(seen.call), static_cast<int>(seen.session));
    case Kind::query_returned:
      return seen.outcome == Outcome::ok ? "" : fmt::format("query {}", text(seen.outcome));
    case Kind::cancelled: return "is called off";
    case Kind::cancel_called: return "asks for a cancel";
    case Kind::remark_called: return std::string(scenario::name(seen.remark));
    case Kind::chore_called: return std::string(scenario::name(seen.chore));
    case Kind::chore_returned: return chore_text(seen);
    case Kind::again_called: return "acquire again";
    case Kind::again_returned:
      return seen.outcome == Outcome::ok ? "shares it" : std::string(text(seen.outcome));
    case Kind::back_called: return "release one of two";
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

class Teller {
 public:
  explicit Teller(const RunResult& run)
      : run_(run),
        told_(run.violations.empty() ? run.observations.size() : run.violations.front().seen) {}

  Story tell() {
    plan();
    name_columns();
    for (std::size_t i = 0; i < told_; ++i) {
      add(run_.observations[i]);
      row_of_.push_back(story_.rows.empty() ? 0 : story_.rows.size() - 1);
    }
    if (!run_.violations.empty()) decide();
    return std::move(story_);
  }

 private:
  // Without the loans that nobody came to take.
  void plan() {
    scenario::Scenario planned = run_.scenario;
    std::vector<std::size_t> begun(planned.callers.size());
    for (std::size_t i = 0; i < told_; ++i) {
      const Observation& each = run_.observations[i];
      const auto caller = static_cast<std::size_t>(each.caller);
      if (caller >= begun.size() || begun[caller] == planned.callers[caller].size()) continue;
      const bool is_errand = planned.callers[caller][begun[caller]].errand;
      if (each.kind == (is_errand ? Kind::chore_called : Kind::acquire_called)) ++begun[caller];
    }
    column_of_.resize(begun.size());
    for (std::size_t i = 0; i < begun.size(); ++i) {
      planned.callers[i].resize(begun[i]);
      if (begun[i] == 0) continue;
      column_of_[i] = story_.columns.size();
      story_.columns.push_back(fmt::format("caller {}", i + 1));
    }
    story_.plan = scenario::to_text(planned);
  }

  void name_columns() {
    const auto end = run_.observations.begin() + static_cast<std::ptrdiff_t>(told_);
    if (std::any_of(run_.observations.begin(), end,
                    [&](const Observation& seen) { return is_of_probe(seen); })) {
      probe_ = story_.columns.size();
      story_.columns.emplace_back("probe");
    }
    server_ = story_.columns.size();
    story_.columns.emplace_back("server");
  }

  [[nodiscard]] bool is_of_probe(const Observation& seen) const {
    return seen.caller != kNobody &&
           static_cast<std::size_t>(seen.caller) >= run_.scenario.callers.size() &&
           !caller_text(seen, run_.scenario.callers.size()).empty();
  }

  void add(const Observation& seen) {
    const std::size_t callers = run_.scenario.callers.size();
    const auto caller = static_cast<std::size_t>(seen.caller);
    std::string mine = seen.caller == kNobody ? "" : caller_text(seen, callers);
    if (is_of_probe(seen)) {
      add(seen, probe_, fmt::format("{}: {}", caller - callers + 1, mine));
    } else if (!mine.empty()) {
      add(seen, column_of_[caller], std::move(mine));
    }
    if (std::string servers = server_text(seen); !servers.empty()) {
      add(seen, server_, std::move(servers));
    }
  }

  void add(const Observation& seen, std::size_t column, std::string text) {
    if (!story_.rows.empty()) {
      Story::Row& last = story_.rows.back();
      if (last.column == column && last.at == seen.at) {
        // It did nothing in between that others could have seen.
        if (seen.kind == Kind::release_returned && last.text.ends_with("release")) return;
        if (last.text.ends_with(text)) return;
        if (last.text.size() + 2 + text.size() <= kLongestText) {
          last.text.append(", ").append(text);
          return;
        }
      }
    }
    story_.rows.push_back({seen.at, seen.step, column, std::move(text)});
  }

  // What a law of waiting is broken by: that nothing goes on.
  void add_standstill(const Observation& seen) {
    story_.rows.push_back({seen.at, seen.step, story_.columns.size(),
                           fmt::format("nothing can run before {}",
                                       model::to_string(seen.until.time_since_epoch()))});
  }

  void decide() {
    if (auto cause = cause_of(run_)) {
      story_.deciding.push_back({row_of_[cause->observation], std::move(cause->sentence)});
    }
    if (told_ > 0 && run_.observations[told_ - 1].kind == Kind::quiet) {
      add_standstill(run_.observations[told_ - 1]);
    }
    conclude(story_, run_.violations.front().evidence);
  }

  const RunResult& run_;
  const std::size_t told_;  // observations
  Story story_;
  std::vector<std::size_t> column_of_;  // by caller
  std::size_t probe_ = 0;
  std::size_t server_ = 0;
  std::vector<std::size_t> row_of_;  // by observation: the row that tells it, or the last before
};

}  // namespace

Story story(const RunResult& run) { return Teller(run).tell(); }

void conclude(Story& story, std::string sentence) {
  const std::size_t last = story.rows.empty() ? 0 : story.rows.size() - 1;
  story.deciding.push_back({last, std::move(sentence)});
}

void to_json(nlohmann::json& to, const Story& story) {
  to = {{"plan", story.plan},
        {"columns", story.columns},
        {"rows", nlohmann::json::array()},
        {"deciding", nlohmann::json::array()}};
  for (const Story::Row& each : story.rows) {
    to["rows"].push_back({{"at_ns", each.at.time_since_epoch().count()},
                          {"step", each.step},
                          {"column", each.column},
                          {"text", each.text}});
  }
  for (const Story::Deciding& each : story.deciding) {
    to["deciding"].push_back({{"row", each.row}, {"sentence", each.sentence}});
  }
}

void from_json(const nlohmann::json& from, Story& story) {
  from.at("plan").get_to(story.plan);
  from.at("columns").get_to(story.columns);
  for (const auto& each : from.at("rows")) {
    story.rows.push_back({Time(Duration(each.at("at_ns").get<std::int64_t>())), each.at("step"),
                          each.at("column"), each.at("text")});
  }
  for (const auto& each : from.at("deciding")) {
    story.deciding.push_back({each.at("row"), each.at("sentence")});
  }
}

}  // namespace poolproof::check
