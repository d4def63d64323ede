#include "props/check/minimise.hpp"

#include <utility>

#include "props/explore/shrink.hpp"

namespace poolproof::check {
namespace {

class Minimiser {
 public:
  Minimiser(Case found, const StillBreaks& still_breaks)
      : bounds_(std::move(found.bounds)),
        tape_(std::move(found.tape)),
        still_breaks_(still_breaks) {}

  Case run() {
    shrink_tape();
    return {std::move(bounds_), std::move(tape_)};
  }

 private:
  void shrink_tape() {
    tape_ = explore::shrink(std::move(tape_), [this](const explore::Tape& candidate) {
      return still_breaks_(bounds_, candidate);
    });
  }

  scenario::Bounds bounds_;
  explore::Tape tape_;
  const StillBreaks& still_breaks_;
};

}  // namespace

Case minimised(Case found, const StillBreaks& still_breaks) {
  return Minimiser(std::move(found), still_breaks).run();
}

}  // namespace poolproof::check
