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
    lower(bounds_.callers, 1);
    lower(bounds_.ops, 1);
    bounds_.loans.assign(static_cast<std::size_t>(bounds_.callers), bounds_.ops);
    for (auto loans = bounds_.loans.rbegin(); loans != bounds_.loans.rend(); ++loans) {
      lower(*loans, 0);
    }
    shrink_tape();
    return {std::move(bounds_), std::move(tape_)};
  }

 private:
  void shrink_tape() {
    tape_ = explore::shrink(std::move(tape_), [this](const explore::Tape& candidate) {
      return still_breaks_(bounds_, candidate);
    });
  }

  void lower(int& number, int least) {
    while (number > least) {
      --number;
      if (still_breaks_(bounds_, tape_)) continue;
      ++number;
      return;
    }
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
