// The choices of one run, as data. A run is a function of its tape; replay is the only way to
// execute one, and strategies merely write tapes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "props/world/chooser.hpp"

namespace poolproof::explore {

// A list of small numbers for each stream. Past its end a stream goes on with zeros, the plainest
// choices, so the empty tape is a legal run and shrinking is shortening and zeroing.
struct Tape {
  std::array<std::vector<std::uint8_t>, world::kStreams> streams;

  std::vector<std::uint8_t>& of(world::Stream stream) {
    return streams[static_cast<std::size_t>(stream)];
  }
  [[nodiscard]] const std::vector<std::uint8_t>& of(world::Stream stream) const {
    return streams[static_cast<std::size_t>(stream)];
  }
  void clear() {
    for (auto& stream : streams) stream.clear();
  }
  // How many choices are not the plainest.
  [[nodiscard]] std::size_t deviations() const;
  // Cuts the zeros at the end of each stream: the run stays the same.
  void trim();

  friend bool operator==(const Tape&, const Tape&) = default;
};

// Writes down what another Chooser decides.
class Recorder final : public world::Chooser {
 public:
  Recorder(world::Chooser& decides, Tape& tape) : decides_(decides), tape_(tape) {}

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

 private:
  world::Chooser& decides_;
  Tape& tape_;
};

// Decides as a record says, and where that says nothing another Chooser decides.
class ByRecord : public world::Chooser {
 public:
  std::size_t next(std::span<const world::Candidate> candidates) final;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) final;
  bool happens(world::Stream stream, world::Rarity kind) final;

 protected:
  ByRecord(const Tape& tape, world::Chooser& otherwise) : tape_(tape), otherwise_(otherwise) {}

  [[nodiscard]] const Tape& tape() const { return tape_; }
  // The number at that place of the tape.
  [[nodiscard]] std::uint32_t at(world::Stream stream, std::size_t place) const {
    const auto& numbers = tape_.of(stream);
    return place < numbers.size() ? numbers[place] : 0;
  }

 private:
  // What is asked for the number at that place of the tape, of `count`. Nothing: the record does
  // not say.
  virtual std::optional<std::uint32_t> read(world::Stream stream, std::size_t place,
                                            std::uint32_t count) = 0;
  std::optional<std::uint32_t> read_next(world::Stream stream, std::size_t count);

  const Tape& tape_;
  world::Chooser& otherwise_;
  std::array<std::size_t, world::kStreams> places_{};
};

// Plays a tape. Where a choice no longer fits (the code has changed since it was recorded) it says
// so and lets the other Chooser decide from there on.
class Replay final : public ByRecord {
 public:
  Replay(const Tape& tape, world::Chooser& fallback) : ByRecord(tape, fallback) {}

  // Whether every choice so far fitted.
  [[nodiscard]] bool fits() const { return fits_; }

 private:
  std::optional<std::uint32_t> read(world::Stream stream, std::size_t place,
                                    std::uint32_t count) override;

  bool fits_ = true;
};

// Always the plainest: callers one after the other, as far as they can go.
class Plainest final : public world::Chooser {
 public:
  std::size_t next(std::span<const world::Candidate>) override { return 0; }
  std::uint32_t choose(world::Stream, std::uint32_t) override { return 0; }
};

}  // namespace poolproof::explore
