#include "props/check/pool_program.hpp"

namespace poolproof::check {

PoolProgram::PoolProgram(Runner& runner, const scenario::Bounds& bounds, const scenario::Plan& plan,
                         Slate& slate)
    : runner_(runner), slate_(slate) {
  scenario::Planned planned(plan, bounds);
  explore::Recorder recorder(planned, drawn_);
  scenario_ = scenario::draw(bounds, recorder);
  scheduler().set_time_mode(bounds.time, bounds.time_bound);
}

void PoolProgram::run(world::Chooser& chooser, world::StepObserver& steps) {
  slate_.begin(Stage::running);
  slate_.write(drawn_);
  SlateRecorder recorder(chooser, slate_);
  runner_.tell_steps_to(steps);
  last_ = &runner_.run(scenario_, recorder);
}

}  // namespace poolproof::check
