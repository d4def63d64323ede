#include "props/explore/dpor/walk.hpp"

namespace poolproof::explore::dpor {

void Walk::walk() {
  Recorder::begin();
  budget_.begin();
  program_.run(*this, *this);
  Recorder::end();
  execution().close();
}

std::uint32_t Walk::answer(std::uint32_t count) {
  const auto given = static_cast<std::uint32_t>(choice(count));
  execution().last().open = true;
  if (given != 0) {
    execution().last().answers.emplace_back(questions_, static_cast<std::uint8_t>(given));
  }
  return given;
}

std::uint32_t Walk::choose(world::Stream stream, std::uint32_t count) {
  if (stream == world::Stream::schedule) return static_cast<std::uint32_t>(timer(count));
  const std::uint32_t given = budget_.opens(stream) ? answer(count) : 0;
  ++questions_;
  if (given != 0) budget_.answered(stream);
  return given;
}

bool Walk::happens(world::Stream stream, world::Rarity kind) {
  const bool yes = budget_.opens(stream, kind) && answer(2) != 0;
  ++questions_;
  if (yes) budget_.answered(stream, kind);
  return yes;
}

}  // namespace poolproof::explore::dpor
