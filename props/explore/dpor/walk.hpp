// A run of a program with every choice put to whoever walks, and none reduced: what those have in
// common by which an exploration is measured, or estimated.
#pragma once

#include <cstdint>
#include <span>

#include "props/explore/dpor/dpor.hpp"

namespace poolproof::explore::dpor {

class Walk : protected Recorder, private world::Chooser {
 protected:
  Walk(Program& program, const Budget& budget)
      : Recorder(program.scheduler(), program.lasting()), program_(program), budget_(budget) {}

  // Once, to its end or to where it is stopped. Its order is known then.
  void walk();
  // The run ends here.
  [[noreturn]] void stop() { program_.scheduler().stop(); }

  // One of so many: a way to go on, a timer of those that are due at once, or an answer to what an
  // event leaves open.
  virtual std::size_t choice(std::size_t count) = 0;
  virtual std::size_t timer(std::size_t count) { return choice(count); }
  // The number of the question that is answered, of that event's.
  [[nodiscard]] std::uint16_t question() const { return questions_; }
  std::size_t next(std::span<const world::Candidate> candidates) override {
    return choice(candidates.size());
  }
  [[nodiscard]] const world::Scheduler& scheduler() const { return program_.scheduler(); }

 private:
  std::uint32_t choose(world::Stream stream, std::uint32_t count) final;
  bool happens(world::Stream stream, world::Rarity kind) final;
  void begins(ProcessId) override { questions_ = 0; }
  std::uint32_t answer(std::uint32_t count);

  Program& program_;
  Budget budget_;
  std::uint16_t questions_ = 0;
};

}  // namespace poolproof::explore::dpor
