#include "props/check/processes/explorer.hpp"

#include <fmt/format.h>

#include "props/check/foresight.hpp"
#include "props/check/pool_program.hpp"
#include "props/check/processes/message.hpp"
#include "props/explore/dpor/estimate.hpp"
#include "props/explore/dpor/message.hpp"

namespace poolproof::check {
namespace {

using Clock = std::chrono::steady_clock;
using explore::dpor::Bounded;
using explore::dpor::Dpor;
using explore::dpor::Estimate;
using explore::dpor::Execution;
using explore::dpor::ordered;
using explore::dpor::Part;
using explore::dpor::Reordered;
using explore::dpor::Rounds;

nlohmann::json to_json(const Disallowed& disallowed) {
  return {disallowed.observation, disallowed.at.time_since_epoch().count(), disallowed.event,
          disallowed.allowed, disallowed.states};
}

Disallowed disallowed_in(const nlohmann::json& json) {
  return {.observation = json.at(0),
          .at = Time(Duration(json.at(1).get<Duration::rep>())),
          .event = json.at(2),
          .allowed = json.at(3).get<std::vector<std::string>>(),
          .states = json.at(4).get<std::vector<std::string>>()};
}

constexpr int kWarmUps = 3;
constexpr std::uint64_t kSeedOfEstimate = 1;
// An estimate takes a part of the exploration only.
constexpr int kFewestRuns = 300;
constexpr int kClassesForARun = 4;

class Explorer {
 public:
  Explorer(const Job& job, const ExplorationOptions& options, const Slice& slice)
      : job_(job),
        options_(options),
        slice_(slice),
        runner_(guarded_runner(job)),
        program_(*runner_, options.bounds, options.plan, job.slate),
        dpor_(program_, options.budget, options.order),
        refines_(options.refines) {
    runner_->observe_waits(refines_ || options.laws.contains(model::LawId::fair));
    // What the machine itself keeps is made in its first runs: from here on each goes like the
    // others, in this process as in the one before.
    for (int i = 0; i < kWarmUps; ++i) {
      Dpor(program_, options.budget, options.order).explore([](const Execution&) { return false; });
    }
  }

  Explored explore(const Part& part) {
    explored_ = {};
    const std::uint64_t redundant = dpor_.progress().redundant;
    dpor_.explore(part, [this](const Execution& execution) { return visit(execution); });
    if (const auto event = dpor_.diverged()) {
      explored_.incident = took_other_steps(fmt::format(" up to event {}", *event + 1));
    }
    job_.slate.rest();
    explored_.redundant = dpor_.progress().redundant - redundant;
    explored_.approximate = dpor_.progress().approximate;
    explored_.remainder = dpor_.remainder();
    return std::move(explored_);
  }

  Explored explore(Rounds share, const Rounds::States& known) {
    explored_ = {};
    Bounded bounded(program_, options_.budget, &known);
    bounded.explore(share, [this](const Execution& execution) { return visit(execution); });
    if (bounded.diverged()) explored_.incident = took_other_steps("");
    job_.slate.rest();
    explored_.redundant = bounded.cut_short();
    explored_.approximate = bounded.is_approximate();
    explored_.rounds = std::move(share);
    return std::move(explored_);
  }

  std::optional<Estimated> estimate() {
    Estimate estimate(program_, options_.budget, kSeedOfEstimate);
    const auto begin = Clock::now();
    while (!is_over() && (estimate.runs() < kFewestRuns ||
                          estimate.runs() * kClassesForARun < estimate.classes())) {
      ++executions_;
      if (!estimate.run() || is_wounded()) return std::nullopt;
    }
    job_.slate.rest();
    if (estimate.runs() == 0) return std::nullopt;
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    return Estimated{estimate.classes(), seconds.count() / estimate.runs()};
  }

  [[nodiscard]] bool is_over() const {
    return job_.board.stop || is_worn_out() || executions_ >= slice_.executions ||
           Clock::now() >= slice_.end;
  }

 private:
  static Incident took_other_steps(const std::string& where) {
    return {.verdict = Verdict::nondeterministic,
            .detail = fmt::format("a schedule took other steps when it was repeated{}. The pool "
                                  "depends on something that is not simulated",
                                  where)};
  }

  bool visit(const Execution& execution) {
    ++executions_;
    const RunResult& run = program_.last();
    explored_.classes.push_back(execution.fingerprint());
    explored_.steps += run.steps;
    judge(run);
    if (!explored_.incident && refines_) {
      explored_.disallowed = refinement_.judge(run.scenario, run.observations);
      if (explored_.disallowed) explored_.incident = {.tape = job_.slate.tape()};
    }
    if (!explored_.incident) judge_others_of_class(execution);
    return !explored_.incident && !is_over();
  }

  void judge(const RunResult& run) {
    if (run.ending == world::Ending::unsupported) {
      explored_.incident = {.verdict = Verdict::unsupported, .detail = run.refusal};
    } else if (!run.violations.empty()) {
      explored_.incident = {.verdict = Verdict::broken,
                            .tape = job_.slate.tape(),
                            .law = run.violations.front().law,
                            .hash = run.hash,
                            .wounded = is_wounded(),
                            .slow = was_slow(),
                            .detail = is_wounded() ? run.refusal : std::string()};
    }
  }

  // Has happen what is foreseen, for the law's own oracle to judge.
  void judge_others_of_class(const Execution& execution) {
    const auto foreseen = foresee(execution, program_.last(), options_.laws);
    if (!foreseen) return;
    Reordered other(program_, options_.budget);
    if (other.run(execution, ordered(execution, foreseen->order).value())) {
      judge(program_.last());
    } else {
      explored_.incident = took_other_steps(" with independent steps in another order");
    }
  }

  const Job& job_;
  const ExplorationOptions& options_;
  const Slice slice_;
  const std::unique_ptr<Runner> runner_;
  PoolProgram program_;
  Dpor dpor_;
  const bool refines_;
  Refinement refinement_;
  std::uint64_t executions_ = 0;
  Explored explored_;
};

}  // namespace

void to_json(nlohmann::json& json, const Explored& explored) {
  json = {explored.remainder,
          explored.classes,
          explored.redundant,
          explored.approximate,
          explored.steps,
          explored.incident ? nlohmann::json(*explored.incident) : nlohmann::json(),
          explored.disallowed ? to_json(*explored.disallowed) : nlohmann::json(),
          explored.rounds};
}

void from_json(const nlohmann::json& json, Explored& explored) {
  explored.remainder = json.at(0).get<explore::dpor::Remainder>();
  explored.classes = json.at(1).get<std::vector<std::uint64_t>>();
  explored.redundant = json.at(2);
  explored.approximate = json.at(3);
  explored.steps = json.at(4);
  if (!json.at(5).is_null()) explored.incident = json.at(5).get<Incident>();
  if (!json.at(6).is_null()) explored.disallowed = disallowed_in(json.at(6));
  explored.rounds = json.at(7).get<Rounds>();
}

void to_json(nlohmann::json& json, const Estimated& estimated) {
  json = {estimated.classes, estimated.seconds_each};
}

void from_json(const nlohmann::json& json, Estimated& estimated) {
  estimated = {json.at(0), json.at(1)};
}

void explore_parts(const Job& job, const ExplorationOptions& options,
                   const std::vector<Part>& parts, const Slice& slice, const Outbox& out) {
  Explorer explorer(job, options, slice);
  for (const Part& part : parts) {
    const Explored explored = explorer.explore(part);
    out.send(explored);
    if (explored.incident || explorer.is_over()) return;
  }
}

void explore_round(const Job& job, const ExplorationOptions& options, Rounds share,
                   const Rounds::States& known, const Slice& slice, const Outbox& out) {
  out.send(Explorer(job, options, slice).explore(std::move(share), known));
}

void estimate_classes(const Job& job, const ExplorationOptions& options, const Slice& slice,
                      const Outbox& out) {
  if (const auto estimated = Explorer(job, options, slice).estimate()) out.send(*estimated);
}

}  // namespace poolproof::check
