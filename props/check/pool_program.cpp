#include "props/check/pool_program.hpp"

namespace poolproof::check {

void PoolProgram::run(world::Chooser& chooser, world::StepObserver& steps) {
  planned_.emplace(plan_, bounds_);
  tape_.clear();
  explore::Recorder recorder(chooser, tape_);
  runner_.tell_steps_to(steps);
  last_ = &runner_.run(bounds_, recorder);
}

}  // namespace poolproof::check
