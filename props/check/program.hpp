// What the callers of a run do, cut out of its tape: loans that can be left out, or given to
// another caller.
#pragma once

#include <cstdint>
#include <vector>

#include "props/explore/script.hpp"
#include "props/scenario/bounds.hpp"

namespace poolproof::check {

// The choices by which one is drawn: see scenario::draw.
using LoanChoices = std::vector<std::uint8_t>;

// A loan by its place in a program: both from 0.
struct LoanPlace {
  std::size_t caller;
  std::size_t loan;

  friend bool operator==(const LoanPlace&, const LoanPlace&) = default;
};

struct Program {
  LoanChoices before;  // of the pool and the whole run
  std::vector<std::vector<LoanChoices>> callers;

  [[nodiscard]] std::size_t loans() const;
};

Program program_in(const scenario::Bounds& bounds, const explore::Tape& tape);

// Who takes which loans of another program, in order.
using Casting = std::vector<std::vector<LoanPlace>>;

Casting casting_of(const Program& program);

// The tape with that program in place of its own. Callers without loans are no more.
explore::Tape recast(const scenario::Bounds& bounds, explore::Tape tape, const Program& program,
                     const Casting& casting);
// The script, without what belonged to loans that are left out.
explore::Script recast(const explore::Script& script, const Program& program,
                       const Casting& casting);

}  // namespace poolproof::check
