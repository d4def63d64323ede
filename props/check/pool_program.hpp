// One scenario on one pool, as a program all of whose schedules can be explored.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "props/check/processes/slate.hpp"
#include "props/check/run.hpp"
#include "props/explore/dpor/dpor.hpp"
#include "props/scenario/plan.hpp"

namespace poolproof::check {

class PoolProgram final : public explore::dpor::Program {
 public:
  // The runner must outlive it, and tell its steps to nobody else meanwhile. The slate gets the
  // choices of each run.
  PoolProgram(Runner& runner, const scenario::Bounds& bounds, const scenario::Plan& plan,
              Slate& slate)
      : runner_(runner), bounds_(bounds), plan_(plan), slate_(slate) {}
  ~PoolProgram() override { runner_.tell_steps_to(runner_.listener()); }

  void run(world::Chooser& chooser, world::StepObserver& steps) override;
  world::Scheduler& scheduler() override { return runner_.scheduler(); }
  std::span<const std::byte> lasting() override { return runner_.lasting(); }
  std::uint32_t draw(world::Stream stream, std::uint32_t count) override {
    return planned_->choose(stream, count);
  }
  world::StepObserver* listener() override { return &runner_.listener(); }

  // How the last run was judged.
  [[nodiscard]] const RunResult& last() const { return *last_; }

 private:
  Runner& runner_;
  const scenario::Bounds bounds_;
  const scenario::Plan plan_;
  Slate& slate_;
  std::optional<scenario::Planned> planned_;
  const RunResult* last_ = nullptr;
};

}  // namespace poolproof::check
