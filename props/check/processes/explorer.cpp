#include "props/check/processes/explorer.hpp"

#include <fmt/format.h>

#include "props/check/pool_program.hpp"
#include "props/check/processes/message.hpp"
#include "props/explore/dpor/message.hpp"

namespace poolproof::check {
namespace {

using Clock = std::chrono::steady_clock;
using explore::dpor::Dpor;
using explore::dpor::Execution;
using explore::dpor::Part;

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

class Explorer {
 public:
  Explorer(const Job& job, const ExplorationOptions& options, const Slice& slice)
      : job_(job),
        slice_(slice),
        runner_(guarded_runner(job)),
        program_(*runner_, options.bounds, options.plan, job.slate),
        dpor_(program_, options.budget, options.order),
        refines_(options.refines) {
    runner_->observe_waits(refines_);
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
      explored_.incident = {
          .verdict = Verdict::nondeterministic,
          .detail = fmt::format(
              "a schedule took other steps when it was repeated up to event {}. The pool depends "
              "on something that is not simulated",
              *event + 1)};
    }
    job_.slate.rest();
    explored_.redundant = dpor_.progress().redundant - redundant;
    explored_.approximate = dpor_.progress().approximate;
    explored_.remainder = dpor_.remainder();
    return std::move(explored_);
  }

  [[nodiscard]] bool is_over() const {
    return job_.board.stop || is_worn_out() || dpor_.progress().executions >= slice_.executions ||
           Clock::now() >= slice_.end;
  }

 private:
  bool visit(const Execution& execution) {
    const RunResult& run = program_.last();
    explored_.classes.push_back(execution.fingerprint());
    explored_.steps += run.steps;
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
    } else if (refines_) {
      explored_.disallowed = refinement_.judge(run.scenario, run.observations);
      if (explored_.disallowed) explored_.incident = {.tape = job_.slate.tape()};
    }
    return !explored_.incident && !is_over();
  }

  const Job& job_;
  const Slice slice_;
  const std::unique_ptr<Runner> runner_;
  PoolProgram program_;
  Dpor dpor_;
  const bool refines_;
  Refinement refinement_;
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
          explored.disallowed ? to_json(*explored.disallowed) : nlohmann::json()};
}

void from_json(const nlohmann::json& json, Explored& explored) {
  explored.remainder = json.at(0).get<explore::dpor::Remainder>();
  explored.classes = json.at(1).get<std::vector<std::uint64_t>>();
  explored.redundant = json.at(2);
  explored.approximate = json.at(3);
  explored.steps = json.at(4);
  if (!json.at(5).is_null()) explored.incident = json.at(5).get<Incident>();
  if (!json.at(6).is_null()) explored.disallowed = disallowed_in(json.at(6));
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

}  // namespace poolproof::check
