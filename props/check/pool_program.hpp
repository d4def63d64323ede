// One scenario on one pool, as a program all of whose schedules can be explored.
#pragma once

#include <optional>
#include <vector>

#include "props/check/run.hpp"
#include "props/explore/dpor/dpor.hpp"
#include "props/explore/tape.hpp"
#include "props/scenario/plan.hpp"

namespace poolproof::check {

class PoolProgram final : public explore::dpor::Program {
 public:
  // The runner must outlive it, and tell its steps to nobody else meanwhile.
  PoolProgram(Runner& runner, const scenario::Bounds& bounds, const scenario::Plan& plan)
      : runner_(runner), bounds_(bounds), plan_(plan) {}
  ~PoolProgram() override { runner_.tell_steps_to(runner_.listener()); }

  void run(world::Chooser& chooser, world::StepObserver& steps) override;
  world::Scheduler& scheduler() override { return runner_.scheduler(); }
  std::vector<const void*> lasting() override { return runner_.lasting(); }
  std::uint32_t draw(world::Stream stream, std::uint32_t count) override {
    return planned_->choose(stream, count);
  }
  world::StepObserver* listener() override { return &runner_.listener(); }

  // Of the last run: how it was judged, and the choices by which it can be had again.
  [[nodiscard]] const RunResult& last() const { return *last_; }
  [[nodiscard]] const explore::Tape& tape() const { return tape_; }

 private:
  Runner& runner_;
  const scenario::Bounds bounds_;
  const scenario::Plan plan_;
  std::optional<scenario::Planned> planned_;
  explore::Tape tape_;
  const RunResult* last_ = nullptr;
};

}  // namespace poolproof::check
