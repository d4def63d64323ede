#include "props/check/processes/slate.hpp"

#include <algorithm>
#include <atomic>

namespace poolproof::check {

void Slate::begin(Stage stage, std::uint64_t schedule) {
  for (Choices& choices : choices_) choices.size = 0;
  schedule_ = schedule;
  stage_.store(stage, std::memory_order_relaxed);
  beats_.store(beats() + 1, std::memory_order_relaxed);
}

// The number before the size: a process that dies between the two has not chosen.
void Slate::write(world::Stream stream, std::uint8_t number) {
  Choices& choices = choices_[static_cast<std::size_t>(stream)];
  if (choices.size == kMostChoices) return;
  choices.numbers[choices.size] = number;
  std::atomic_signal_fence(std::memory_order_release);
  ++choices.size;
}

void Slate::write(const explore::Tape& choices) {
  for (std::size_t i = 0; i < world::kStreams; ++i) {
    for (const std::uint8_t each : choices.streams[i]) write(static_cast<world::Stream>(i), each);
  }
}

void Slate::tell(std::string_view last_words) {
  const std::size_t size = std::min(last_words.size(), last_words_.size() - 1);
  std::copy_n(last_words.begin(), size, last_words_.begin());
  last_words_[size] = '\0';
}

explore::Tape Slate::tape() const {
  explore::Tape tape;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    const auto first = choices_[i].numbers.begin();
    tape.streams[i].assign(first, first + std::min<std::size_t>(choices_[i].size, kMostChoices));
  }
  return tape;
}

void Slate::clear() {
  for (Choices& choices : choices_) choices.size = 0;
  stage_.store(Stage::between);
  ready_.store(false);
  taken_ = schedule_ = 0;
  answer_.store(Answer::none);
  killed_from_outside_.store(false);
  last_words_[0] = '\0';
}

std::size_t SlateRecorder::next(std::span<const world::Candidate> candidates) {
  const std::size_t choice = decides_.next(candidates);
  slate_.write(world::Stream::schedule, static_cast<std::uint8_t>(choice));
  return choice;
}

std::uint32_t SlateRecorder::choose(world::Stream stream, std::uint32_t count) {
  const std::uint32_t choice = decides_.choose(stream, count);
  slate_.write(stream, static_cast<std::uint8_t>(choice));
  return choice;
}

bool SlateRecorder::happens(world::Stream stream, world::Rarity kind) {
  const bool choice = decides_.happens(stream, kind);
  slate_.write(stream, static_cast<std::uint8_t>(choice));
  return choice;
}

}  // namespace poolproof::check
