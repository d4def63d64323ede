// One scenario on one pool, as a program all of whose schedules can be explored.
#pragma once

#include <span>

#include "props/check/processes/slate.hpp"
#include "props/check/run.hpp"
#include "props/explore/dpor/dpor.hpp"
#include "props/explore/tape.hpp"
#include "props/scenario/plan.hpp"

namespace poolproof::check {

class PoolProgram final : public explore::dpor::Program {
 public:
  // The runner must outlive it, and tell its steps to nobody else meanwhile. The slate gets the
  // choices of each run, those from which its scenario is drawn among them.
  PoolProgram(Runner& runner, const scenario::Bounds& bounds, const scenario::Plan& plan,
              Slate& slate);
  ~PoolProgram() override { runner_.tell_steps_to(runner_.listener()); }

  void run(world::Chooser& chooser, world::StepObserver& steps) override;
  world::Scheduler& scheduler() override { return runner_.scheduler(); }
  std::span<const std::byte> lasting() override { return runner_.lasting(); }

  // How the last run was judged.
  [[nodiscard]] const RunResult& last() const { return *last_; }

 private:
  Runner& runner_;
  Slate& slate_;
  explore::Tape drawn_;  // what the scenario was drawn from
  scenario::Scenario scenario_;
  const RunResult* last_ = nullptr;
};

}  // namespace poolproof::check
